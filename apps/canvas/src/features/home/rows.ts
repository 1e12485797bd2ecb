import type { CanvasNode, Workspace, WorkspaceStatus } from "@berth/domain";
import type { ListColumn, ListState } from "#shared/url/list-state.ts";
import { BACKEND_NAMES } from "#shared/workspace/backend-names.ts";
import { persistenceTitle } from "#shared/workspace/persistence-text.ts";
import { statusStyle } from "#shared/workspace/status.ts";

/** A row of the list: the card, which is always available, and the details, which load later. */
export interface Row {
  node: CanvasNode;
  details: Workspace | undefined;
}

export const rowsOf = (nodes: readonly CanvasNode[], details: ReadonlyMap<string, Workspace> | undefined): Row[] =>
  nodes.map((node) => ({ node, details: details?.get(node.id) }));

export function filterRows(rows: readonly Row[], { search, statuses, backend }: ListState): Row[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter(({ node }) => {
    const text = `${node.name} ${node.role ?? ""}`.toLowerCase();
    return (
      (statuses.length === 0 || statuses.includes(node.status)) &&
      (backend === null || node.backend === backend) &&
      words.every((word) => text.includes(word))
    );
  });
}

/** Workspaces that need attention come first. */
const STATUS_ORDER: readonly WorkspaceStatus[] = [
  "failed",
  "offline",
  "degraded",
  "provisioning",
  "pausing",
  "hibernating",
  "deleting",
  "online",
  "paused",
  "hibernated",
  "deleted",
];

const names = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

type Value = string | number | null;

const VALUES: Record<ListColumn, (row: Row) => Value> = {
  name: ({ node }) => node.name,
  status: ({ node }) => STATUS_ORDER.indexOf(node.status),
  backend: ({ node }) => BACKEND_NAMES[node.backend],
  tier: ({ node }) => node.tier,
  saved: ({ details }) => (details ? persistenceTitle(details.compute.dataPersistence) : null),
  size: ({ details }) => details?.volume?.sizeBytes ?? null,
  seen: ({ details }) => details?.lastHeartbeatAt ?? null,
};

/** Sorts by a column, then by name. Unknown values come last in both directions. */
export function sortRows(
  rows: readonly Row[],
  { sort, isDescending }: Pick<ListState, "sort" | "isDescending">,
): Row[] {
  const value = VALUES[sort];
  const keyed = rows.map((row) => ({ row, key: value(row) }));
  keyed.sort((one, other) => {
    if (one.key === null || other.key === null)
      return one.key === other.key ? byName(one.row, other.row) : one.key === null ? 1 : -1;
    const order = compare(one.key, other.key);
    return order === 0 ? byName(one.row, other.row) : isDescending ? -order : order;
  });
  return keyed.map(({ row }) => row);
}

const byName = (one: Row, other: Row): number =>
  names.compare(one.node.name, other.node.name) || (one.node.id < other.node.id ? -1 : 1);

const compare = (one: string | number, other: string | number): number =>
  typeof one === "number" && typeof other === "number" ? one - other : names.compare(String(one), String(other));

/** The statuses in use with their counts, in order of urgency. */
export function statusCounts(rows: readonly Row[]): { status: WorkspaceStatus; label: string; amount: number }[] {
  return STATUS_ORDER.map((status) => ({
    status,
    label: statusStyle(status).label,
    amount: rows.filter(({ node }) => node.status === status).length,
  })).filter(({ amount }) => amount > 0);
}
