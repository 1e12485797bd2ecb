import { index, pgTable, primaryKey } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

/** Averages of five minutes, kept for a day. What is newer and finer is in the memory of whoever holds the tunnel. */
export const workspaceMetrics = pgTable(
  "workspace_metrics",
  (t) => ({
    workspaceId: t.uuid().notNull(),
    /** Where the five minutes begin. */
    at: instant().notNull(),
    cpuPercent: t.real(),
    memoryBytes: t.bigint({ mode: "number" }),
    diskUsedBytes: t.bigint({ mode: "number" }),
  }),
  (t) => [primaryKey({ columns: [t.workspaceId, t.at] }), index("workspace_metrics_oldest").on(t.at)],
);
