import { z } from "zod";
import type { Problem } from "../errors.ts";
import { LIMITS } from "../limits.ts";

/** A shell that runs in a workspace, whether or not somebody looks at it. */
export interface TerminalFacts {
  id: string;
  /** The program, e.g. `/bin/bash`. */
  shell: string;
  columns: number;
  rows: number;
  /** Who looks at it now. */
  attached: number;
  createdAt: string;
}

const columns = z.number().int().min(1).max(LIMITS.terminalColumnsMax);
const rows = z.number().int().min(1).max(LIMITS.terminalRowsMax);

export const createTerminalInput = z.strictObject({
  workspaceId: z.uuid(),
  columns: columns.default(80),
  rows: rows.default(24),
});
export type CreateTerminalInput = z.output<typeof createTerminalInput>;

export const listTerminalsInput = z.strictObject({ workspaceId: z.uuid() });
export type ListTerminalsInput = z.output<typeof listTerminalsInput>;

export const closeTerminalInput = z.strictObject({ workspaceId: z.uuid(), terminalId: z.uuid() });
export type CloseTerminalInput = z.output<typeof closeTerminalInput>;

/** What a client says to a terminal's WebSocket as text. Input is sent as binary. */
export const terminalCommand = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("resize"), columns, rows }),
  /** Only with `acknowledge=true`: everything before this offset has been dealt with. */
  z.strictObject({ type: z.literal("received"), offset: z.number().int().min(0) }),
]);
export type TerminalCommand = z.output<typeof terminalCommand>;

/** What a terminal's WebSocket says as text. Output comes as binary. */
export type TerminalNotice =
  /** First of all. The output that follows begins at this offset; above `after` it says that a part was not kept. */
  | { type: "attached"; offset: number }
  /** The shell has ended, and all its output has been sent. Nothing follows. */
  | { type: "exited"; exitCode: number }
  /** It cannot go on. The close code that follows is 4000 and the problem's HTTP status. */
  | { type: "problem"; problem: Problem };
