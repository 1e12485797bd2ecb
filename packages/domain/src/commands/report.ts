import { z } from "zod";
import { LIMITS } from "../limits.ts";
import type { CommandReport } from "./command.ts";

const count = z.int().min(0);
export const commandReport: z.ZodType<CommandReport> = z.object({
  id: z.uuid(),
  exitCode: z.int32().nullable(),
  signal: z
    .string()
    .regex(/^SIG[A-Z0-9]{1,12}$/)
    .nullable(),
  timedOut: z.boolean(),
  durationMs: count.nullable(),
  stdoutBytes: count,
  stderrBytes: count,
});

export const commandReports: z.ZodType<{ commands: CommandReport[] }> = z.object({
  commands: z.array(commandReport).max(LIMITS.commandsRunningMax + LIMITS.commandsKeptMax),
});
