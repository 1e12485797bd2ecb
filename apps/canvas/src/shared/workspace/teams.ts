/** The fields that define the tree of teams. */
export interface Member {
  id: string;
  parentId: string | null;
}

export function childrenById<T extends Member>(nodes: readonly T[]): Map<string, T[]> {
  const children = new Map<string, T[]>();
  for (const node of nodes) {
    if (node.parentId === null) continue;
    const siblings = children.get(node.parentId);
    if (siblings) siblings.push(node);
    else children.set(node.parentId, [node]);
  }
  return children;
}

/** All descendants of these, without them. Stops at a cycle in the data. */
export function idsBelow(nodes: readonly Member[], ids: Iterable<string>): Set<string> {
  const children = childrenById(nodes);
  const below = new Set<string>();
  const open = [...ids];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const child of children.get(id) ?? []) {
      if (below.has(child.id)) continue;
      below.add(child.id);
      open.push(child.id);
    }
  }
  return below;
}

/** The ids without an ancestor among `ids`: an action on a team applies to its topmost member. */
export function topmost(nodes: readonly Member[], ids: ReadonlySet<string>): string[] {
  const below = idsBelow(nodes, ids);
  return [...ids].filter((id) => !below.has(id));
}

/** The names from the topmost ancestor down to the parent, as `lead / tools`. */
export function pathOf(nodes: readonly (Member & { name: string })[], id: string): string {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const names: string[] = [];
  const seen = new Set([id]);
  for (let at = byId.get(id)?.parentId; at && !seen.has(at); at = byId.get(at)?.parentId) {
    seen.add(at);
    const node = byId.get(at);
    if (node) names.unshift(node.name);
  }
  return names.join(" / ");
}
