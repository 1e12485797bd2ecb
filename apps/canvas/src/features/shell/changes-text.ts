import type { CanvasNode } from "@berth/domain";
import { statusStyle } from "#shared/workspace/status.ts";

const SPOKEN_MAX = 3;

/** The differences between two snapshots of the map, for screen readers. Many changes at once are counted. */
export function describeChanges(before: readonly CanvasNode[], after: readonly CanvasNode[]): string {
  const old = new Map(before.map((node) => [node.id, node]));
  const now = new Map(after.map((node) => [node.id, node]));
  const changes: string[] = [];
  for (const node of after) {
    const was = old.get(node.id);
    if (!was) changes.push(`${node.name} created: ${statusStyle(node.status).label}`);
    else {
      if (was.status !== node.status) changes.push(`${node.name}: ${statusStyle(node.status).label}`);
      if (was.name !== node.name) changes.push(`${was.name} renamed to ${node.name}`);
      if (was.parentId !== node.parentId) {
        const lead = node.parentId === null ? undefined : now.get(node.parentId);
        changes.push(lead ? `${node.name} moved into the team of ${lead.name}` : `${node.name} left its team`);
      }
      if (was.collapsed !== node.collapsed)
        changes.push(`The team of ${node.name} is ${node.collapsed ? "hidden" : "shown"}`);
      if (!was.restartRequired && node.restartRequired) changes.push(`${node.name}: restart required`);
    }
  }
  for (const node of before) if (!now.has(node.id)) changes.push(`${node.name} deleted`);
  const rest = changes.length - SPOKEN_MAX;
  return `${changes.slice(0, SPOKEN_MAX).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
