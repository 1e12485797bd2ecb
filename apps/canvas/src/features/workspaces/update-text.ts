import type { UpdateWorkspaceInput, Workspace } from "@berth/domain";

type CardChange = Omit<UpdateWorkspaceInput, "id">;
type Card = Pick<Workspace, "name" | "role" | "parentId" | "position" | "collapsed">;

/** The values that a change replaces, which its undo writes back. */
export function valuesBefore(card: Card, change: CardChange): CardChange {
  const before: CardChange = {};
  if (change.name !== undefined) before.name = card.name;
  if (change.role !== undefined) before.role = card.role;
  if (change.parentId !== undefined) before.parentId = card.parentId;
  if (change.position !== undefined) before.position = card.position;
  if (change.collapsed !== undefined) before.collapsed = card.collapsed;
  return before;
}

/** What was done, in words that follow "Undone:". */
export function describeUpdate(name: string, change: CardChange, before: CardChange): string {
  if (change.name !== undefined) return `rename of ${before.name ?? name} to ${change.name}`;
  if (change.collapsed !== undefined) return `${change.collapsed ? "hiding" : "showing"} the team of ${name}`;
  if (change.parentId !== undefined) return `move of ${name} to another team`;
  if (change.role !== undefined) return `new role of ${name}`;
  return `move of ${name}`;
}
