import { COMMAND_STATES, type CommandLine } from "@berth/domain";
import { sql } from "drizzle-orm";
import { check, index, pgTable } from "drizzle-orm/pg-core";
import { instant, oneOf } from "./columns.ts";

/**
 * One row per command, kept for a while after its end, so that the exit code outlives the instance and a command whose
 * instance went away ends as `lost`.
 */
export const commands = pgTable(
  "commands",
  (t) => ({
    /** Chosen here, so that a retry names the same command to the daemon. */
    id: t.uuid().primaryKey(),
    orgId: t.uuid().notNull(),
    workspaceId: t.uuid().notNull(),
    incarnationId: t.uuid().notNull(),
    /** Long arguments are cut. */
    command: t.jsonb().$type<CommandLine>().notNull(),
    cwd: t.text().notNull(),
    /** It outlives its caller, and events report its start and end. */
    detached: t.boolean().notNull(),
    /** A workspace with such a command is not hibernated without force. */
    keepAwake: t.boolean().notNull(),
    state: t.text({ enum: COMMAND_STATES }).notNull().default("running"),
    createdAt: instant().notNull().defaultNow(),
    endedAt: instant(),
    exitCode: t.integer(),
    signal: t.text(),
    timedOut: t.boolean().notNull().default(false),
    stdoutBytes: t.bigint({ mode: "number" }).notNull().default(0),
    stderrBytes: t.bigint({ mode: "number" }).notNull().default(0),
  }),
  (t) => [
    check("commands_state_known", oneOf(t.state, COMMAND_STATES)),
    check("commands_ended", sql`(${t.endedAt} is null) = (${t.state} = 'running')`),
    index("commands_newest").on(t.workspaceId, t.createdAt.desc(), t.id.desc()),
    index("commands_running").on(t.incarnationId).where(sql`${t.endedAt} is null`),
    index("commands_oldest_ended").on(t.endedAt).where(sql`${t.endedAt} is not null`),
  ],
);
