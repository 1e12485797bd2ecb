import { index, pgTable, primaryKey } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

/** Five-minute averages, kept for a day. Finer samples are in the memory of the replica that holds the tunnel. */
export const workspaceMetrics = pgTable(
  "workspace_metrics",
  (t) => ({
    workspaceId: t.uuid().notNull(),
    /** Start of the five minutes. */
    at: instant().notNull(),
    cpuPercent: t.real(),
    memoryBytes: t.bigint({ mode: "number" }),
    diskUsedBytes: t.bigint({ mode: "number" }),
  }),
  (t) => [primaryKey({ columns: [t.workspaceId, t.at] }), index("workspace_metrics_oldest").on(t.at)],
);
