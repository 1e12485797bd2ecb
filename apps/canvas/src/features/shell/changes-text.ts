import type { CanvasNode } from "@berth/domain";
import { lookOf } from "#shared/workspace/status.ts";

const SPOKEN_MAX = 3;

/** The differences between two snapshots of the map, for screen readers. Many changes at once are counted. */
export function describeChanges(before: readonly CanvasNode[], after: readonly CanvasNode[]): string {
  const old = new Map(before.map((node) => [node.id, node]));
  const now = new Map(after.map((node) => [node.id, node]));
  const said: string[] = [];
  for (const node of after) {
    const was = old.get(node.id);
    if (!was) said.push(`${node.name} created: ${lookOf(node.status).label}`);
    else {
      if (was.status !== node.status) said.push(`${node.name}: ${lookOf(node.status).label}`);
      if (was.name !== node.name) said.push(`${was.name} renamed to ${node.name}`);
      if (was.parentId !== node.parentId) {
        const lead = node.parentId === null ? undefined : now.get(node.parentId);
        said.push(lead ? `${node.name} moved into the team of ${lead.name}` : `${node.name} left its team`);
      }
      if (was.collapsed !== node.collapsed)
        said.push(`The team of ${node.name} is ${node.collapsed ? "hidden" : "shown"}`);
      if (!was.restartRequired && node.restartRequired) said.push(`${node.name}: restart required`);
    }
  }
  for (const node of before) if (!now.has(node.id)) said.push(`${node.name} deleted`);
  const rest = said.length - SPOKEN_MAX;
  return `${said.slice(0, SPOKEN_MAX).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
