import { z } from "zod";
import type { Problem } from "../errors.ts";
import { idSchema } from "../ids.ts";
import { LIMITS } from "../limits.ts";

/**
 * How a terminal ended: its shell exited, a caller closed it, it was unused, or its instance stopped. After a crash
 * of the instance the reason is `machine_stopped` and the exit code is unknown.
 */
export const TERMINAL_END_REASONS = ["exited", "closed", "unused", "machine_stopped"] as const;
export type TerminalEndReason = (typeof TERMINAL_END_REASONS)[number];

const columns = z.number().int().min(1).max(LIMITS.terminalColumnsMax);
const rows = z.number().int().min(1).max(LIMITS.terminalRowsMax);

/** A shell in a workspace. It runs independently of its viewers. */
export const terminalFacts = z.object({
  id: z.uuid(),
  /** The program, e.g. `/bin/bash`. */
  shell: z.string().max(LIMITS.filePathCharsMax),
  columns,
  rows,
  /** The number of viewers. */
  attached: z.number().int().min(0),
  createdAt: z.iso.datetime(),
  /** Null while it runs, like the two below. Older daemons do not send them. */
  endedAt: z.iso.datetime().nullable().default(null),
  endReason: z.enum(TERMINAL_END_REASONS).nullable().default(null),
  exitCode: z.int32().nullable().default(null),
});
export type TerminalFacts = z.output<typeof terminalFacts>;

/** The response of a daemon to a listing. */
export const terminalListing = z.object({
  terminals: z.array(terminalFacts).max(LIMITS.terminalsMax + LIMITS.terminalsEndedKept),
});

export const createTerminalInput = z.strictObject({
  workspaceId: idSchema,
  columns: columns.default(80),
  rows: rows.default(24),
});
export type CreateTerminalInput = z.output<typeof createTerminalInput>;

export const listTerminalsInput = z.strictObject({ workspaceId: idSchema });
export type ListTerminalsInput = z.output<typeof listTerminalsInput>;

export const closeTerminalInput = z.strictObject({ workspaceId: idSchema, terminalId: idSchema });
export type CloseTerminalInput = z.output<typeof closeTerminalInput>;

/** Text messages from the client on the WebSocket of a terminal. Input is sent as binary. */
export const terminalCommand = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("resize"), columns, rows }),
  /** Only with `acknowledge=true`: everything before this offset has been consumed. */
  z.strictObject({ type: z.literal("received"), offset: z.number().int().min(0) }),
]);
export type TerminalCommand = z.output<typeof terminalCommand>;

/** Text messages from the API on the WebSocket of a terminal. Output is sent as binary. */
export type TerminalNotice =
  /** Always first. The output begins at this offset; an offset above `after` means that a part was not kept. */
  | { type: "attached"; offset: number }
  /** The shell has ended and all its output was sent. No message follows. */
  | { type: "exited"; exitCode: number }
  /** The terminal cannot continue. The close code that follows is 4000 plus the HTTP status of the problem. */
  | { type: "problem"; problem: Problem };
