import { BACKEND_KINDS, type BackendKind } from "@berth/domain";
import { sql } from "drizzle-orm";
import { check, index, pgTable, uniqueIndex } from "drizzle-orm/pg-core";
import { instant, oneOf } from "./columns.ts";

export const INCARNATION_PURPOSES = ["workspace", "browse"] as const;

/**
 * One row per start of a machine, written before the machine is asked for and closed (`endedAt`) once its absence was
 * seen. What has a row here and should not exist any more can therefore always be found and removed.
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
    /** What the machine was made from (`settingsFingerprint`); another value now means a restart is required. */
    fingerprint: t.text(),
    createdAt: instant().notNull().defaultNow(),
    lastSeenAt: instant(),
    /**
     * The generation whose operation started the machine last. Each start has a token of its own. Null: made before that was so,
     * and its daemon knows only its first token.
     */
    startGeneration: t.integer(),
    /** The replica that the daemon is connected to; it is reached through that one. */
    tunnelReplicaId: t.uuid(),
    endedAt: instant(),
    /** The end of the agent log of a start that failed. Its machine is stopped, so its daemon cannot be asked. */
    agentLog: t.text(),
    /** A browse instance is removed when nobody has asked for it until then. */
    wantedUntil: instant(),
    claimedUntil: instant(),
    /**
     * A machine that fetches what it needs has shown the token it was launched with, and this key of its own: a hash, set
     * once. Another key needs the token of a later attempt to launch the machine.
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
