import { BACKEND_KINDS, type BackendKind } from "@berth/domain";
import { sql } from "drizzle-orm";
import { check, index, pgTable, uniqueIndex } from "drizzle-orm/pg-core";
import { instant, oneOf } from "./columns.ts";

export const INCARNATION_PURPOSES = ["workspace", "browse"] as const;

/**
 * One row per incarnation, written before the instance is created and ended (`endedAt`) once its absence was
 * observed. So an instance that should no longer exist can always be found and removed.
 */
export const incarnations = pgTable(
  "incarnations",
  (t) => ({
    id: t.uuid().primaryKey().defaultRandom(),
    workspaceId: t.uuid().notNull(),
    purpose: t.text({ enum: INCARNATION_PURPOSES }).notNull().default("workspace"),
    generation: t.integer().notNull(),
    backend: t.text().$type<BackendKind>().notNull(),
    volumeId: t.uuid(),
    /**
     * The settings that the instance was created with (`settingsFingerprint`). When the current value differs, a
     * restart is required.
     */
    fingerprint: t.text(),
    createdAt: instant().notNull().defaultNow(),
    lastSeenAt: instant(),
    /**
     * The generation whose operation last started the instance; each start has its own token. Null in older
     * rows, whose daemon only knows its first token.
     */
    startGeneration: t.integer(),
    /** The replica that the daemon is connected to. Calls are routed through it. */
    tunnelReplicaId: t.uuid(),
    endedAt: instant(),
    /** The end of the agent log of a failed start, because the daemon of a stopped instance cannot be queried. */
    agentLog: t.text(),
    /** When the browse instance is removed, unless it is requested again. */
    wantedUntil: instant(),
    claimedUntil: instant(),
    /**
     * Hash of the key with which the instance enrolled, after it had shown its launch token. Set once; another key
     * requires the token of a later launch attempt.
     */
    machineKeyHash: t.text(),
    enrolledAttempt: t.integer(),
  }),
  (t) => [
    check("incarnations_backend_known", oneOf(t.backend, BACKEND_KINDS)),
    check("incarnations_enrolled", sql`(${t.machineKeyHash} is null) = (${t.enrolledAttempt} is null)`),
    check("incarnations_browse", sql`(${t.purpose} = 'browse') = (${t.wantedUntil} is not null)`),
    index("incarnations_tunnels").on(t.tunnelReplicaId).where(sql`${t.tunnelReplicaId} is not null`),
    index("incarnations_live").on(t.workspaceId).where(sql`${t.endedAt} is null`),
    uniqueIndex("incarnations_one_browse").on(t.volumeId).where(sql`${t.purpose} = 'browse' and ${t.endedAt} is null`),
  ],
);
