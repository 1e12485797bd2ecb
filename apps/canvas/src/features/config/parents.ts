interface Member {
  id: string;
  name: string;
  parentId: string | null;
}

/** Possible parents: every workspace except itself and its descendants, by name, with its path. */
export function possibleParents(nodes: readonly Member[], id: string): { value: string; label: string }[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return nodes
    .map((node) => ({ node, line: lineOf(byId, node) }))
    .filter(({ line }) => !line.some((above) => above.id === id))
    .map(({ node, line }) => ({ value: node.id, label: line.map(({ name }) => name).join(" / ") }))
    .sort((one, other) => one.label.localeCompare(other.label));
}

/** From the topmost ancestor down to the member itself. Stops at a cycle in the data. */
function lineOf(byId: ReadonlyMap<string, Member>, member: Member): Member[] {
  const line = [member];
  for (let above = byId.get(member.parentId ?? ""); above && !line.includes(above); ) {
    line.unshift(above);
    above = byId.get(above.parentId ?? "");
  }
  return line;
}
