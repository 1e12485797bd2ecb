import { z } from "zod";
import { idSchema } from "../ids.ts";
import { LIMITS } from "../limits.ts";
import { storableText, wellFormedText } from "../text.ts";
import { utf8Bytes } from "../utf8.ts";
import { COMMAND_ENCODINGS, COMMAND_SIGNALS, COMMAND_STATES } from "./command.ts";

const TOO_LONG = `One argument, shell line or variable can have at most ${LIMITS.commandArgumentBytesMax} bytes. Send more through standard input or a file.`;
const fits = (text: string): boolean => utf8Bytes(text) <= LIMITS.commandArgumentBytesMax;

const argument = storableText();
/** Checked after the union, which reports one message for all that is wrong inside. */
const command = z
  .union([z.array(argument), argument], { error: "Send an array of arguments, or one line for the shell." })
  .superRefine((value, context) => {
    const problem = typeof value === "string" ? problemOfLine(value) : problemOfArguments(value);
    if (problem !== null) context.addIssue({ code: "custom", message: problem });
  });

function problemOfLine(line: string): string | null {
  if (line.trim() === "") return "The command is empty.";
  return fits(line) ? null : TOO_LONG;
}

function problemOfArguments(all: readonly string[]): string | null {
  if (!all[0]) return "The first argument is the program to run. It must not be empty.";
  if (all.length > LIMITS.commandArgumentsMax) {
    return `A command can have at most ${LIMITS.commandArgumentsMax} arguments.`;
  }
  return all.every(fits) ? null : TOO_LONG;
}

const environment = z.record(storableText(), storableText()).superRefine((all, context) => {
  const problem = problemOfVariables(Object.entries(all));
  if (problem !== null) context.addIssue({ code: "custom", message: problem });
});

function problemOfVariables(all: readonly (readonly [string, string])[]): string | null {
  if (all.length > LIMITS.commandVariablesMax) {
    return `A command can have at most ${LIMITS.commandVariablesMax} variables.`;
  }
  if (all.some(([name]) => name === "" || name.includes("=")))
    return "The name of a variable is not empty and has no =.";
  return all.every(([name, value]) => fits(`${name}=${value}`)) ? null : TOO_LONG;
}

const encoding = z.enum(COMMAND_ENCODINGS);
const seconds = z.number().int().min(1).max(LIMITS.commandTimeoutSecondsMax);

const place = { workspaceId: idSchema };
const shape = {
  command,
  /** Relative paths start at /workspace. */
  cwd: storableText().min(1).max(LIMITS.filePathCharsMax).default("/workspace"),
  env: environment.default({}),
  stdin: wellFormedText().optional(),
  stdinEncoding: encoding.default("utf8"),
  outputLimitBytes: z.number().int().min(1).max(LIMITS.commandOutputBytesMax).default(LIMITS.commandOutputBytesDefault),
  encoding: encoding.default("utf8"),
};

export const runCommandInput = z.strictObject({
  ...place,
  ...shape,
  timeoutSeconds: seconds.default(LIMITS.commandTimeoutSecondsDefault),
});
export type RunCommandInput = z.output<typeof runCommandInput>;

export const startCommandInput = z.strictObject({
  ...place,
  ...shape,
  /** Without it the command may run as long as its machine. */
  timeoutSeconds: seconds.optional(),
  keepAwake: z.boolean().default(false),
  /** The caller follows the output at once: for a minute at most, the command waits for it instead of dropping output. */
  awaitsReader: z.boolean().default(false),
});
export type StartCommandInput = z.output<typeof startCommandInput>;

/** The body of `POST /exec/<workspaceId>`. */
export const execInput = z.strictObject({
  ...shape,
  timeoutSeconds: seconds.default(LIMITS.commandTimeoutSecondsDefault),
  /** The command continues when the caller disconnects. */
  detach: z.boolean().default(false),
});
export type ExecInput = z.output<typeof execInput>;

export const commandPlaceInput = z.strictObject({ ...place, id: idSchema });
export type CommandPlaceInput = z.output<typeof commandPlaceInput>;

export const listCommandsInput = z.strictObject({
  ...place,
  state: z.enum(COMMAND_STATES).optional(),
  limit: z.number().int().min(1).max(LIMITS.listLimitMax).default(LIMITS.listLimitDefault),
  cursor: storableText().max(200).optional(),
});
export type ListCommandsInput = z.output<typeof listCommandsInput>;

export const writeCommandInput = z.strictObject({
  ...place,
  id: idSchema,
  data: wellFormedText().default(""),
  encoding: encoding.default("utf8"),
  /** Closes standard input after the data. */
  end: z.boolean().default(false),
});
export type WriteCommandInput = z.output<typeof writeCommandInput>;

export const signalCommandInput = z.strictObject({ ...place, id: idSchema, signal: z.enum(COMMAND_SIGNALS) });
export type SignalCommandInput = z.output<typeof signalCommandInput>;

const offset = z.number().int().min(0);

/** tRPC sends `lastEventId` when it reconnects: the offsets after the last part. It takes precedence over the others. */
export const commandOutputInput = z.strictObject({
  ...place,
  id: idSchema,
  afterStdout: offset.default(0),
  afterStderr: offset.default(0),
  lastEventId: z
    .string()
    .regex(/^\d{1,15}-\d{1,15}$/)
    .nullish(),
});
export type CommandOutputInput = z.output<typeof commandOutputInput>;
