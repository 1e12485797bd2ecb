import type { Action } from "@berth/domain";

/** A smaller default and maximum than the API's, because a model reads the whole result. */
export interface Bound {
  default: number;
  maximum: number;
}

/** What a call changes, as clients show it before they ask a person. */
export type Effect = "reads" | "changes" | "destroys";

export interface ToolDefinition {
  procedure: Action;
  effect: Effect;
  title: string;
  /** Written for a model: what it does, when to use it, what to do next. */
  description: string;
  bounds?: Readonly<Record<string, Bound>>;
}

const LIST: Record<string, Bound> = { limit: { default: 20, maximum: 100 } };
const LOG: Record<string, Bound> = { tailBytes: { default: 8_192, maximum: 65_536 } };
const OUTPUT: Record<string, Bound> = { outputLimitBytes: { default: 16_384, maximum: 65_536 } };

const THEN_WAIT =
  "Returns an operation that has only begun: call operations_get with its id and waitSeconds until it has finished.";
const FILES =
  "root is /workspace (the project), /configs, or /agent-home. A hibernated workspace is read without waking its machine where possible.";

const tool = (
  procedure: Action,
  effect: Effect,
  title: string,
  description: string,
  bounds?: ToolDefinition["bounds"],
): ToolDefinition => ({ procedure, effect, title, description, ...(bounds ? { bounds } : {}) });

/** Every procedure that an agent may call. `EXCLUDED` gives the reason for each of the others. */
export const TOOLS: readonly ToolDefinition[] = [
  tool(
    "system.info",
    "reads",
    "Describe this Berth",
    "The backends that workspaces can run on, with their health, defaults and capabilities. Call it before workspaces_create to choose compute.backend.",
  ),
  tool("workspaces.list", "reads", "List workspaces", "Workspaces with id, name, status and backend.", LIST),
  tool(
    "workspaces.get",
    "reads",
    "Get a workspace",
    "The current state of one workspace: status, statusReason (why it is not online and what to do), its data volume, and dataState.",
  ),
  tool(
    "workspaces.create",
    "changes",
    "Create a workspace",
    `Creates a workspace: a machine and, with compute.dataPersistence "persist", a data volume that outlives every machine. Only name is required. ${THEN_WAIT} It is usable when workspaces_get shows status online.`,
  ),
  tool("workspaces.update", "changes", "Rename or regroup a workspace", "Changes name, role, or team (parentId)."),
  tool(
    "workspaces.configure",
    "changes",
    "Change a workspace's settings",
    "Changes the tier or compute settings. Some take effect at the next restart: then the result has restartRequired.",
  ),
  tool(
    "workspaces.restart",
    "changes",
    "Restart a workspace",
    `Replaces the machine. Files on the data volume are kept; running commands end. ${THEN_WAIT}`,
  ),
  tool("workspaces.pause", "changes", "Pause a workspace", `Stops the machine and keeps its disk. ${THEN_WAIT}`),
  tool("workspaces.resume", "changes", "Resume a workspace", `Starts a paused machine again. ${THEN_WAIT}`),
  tool(
    "workspaces.hibernate",
    "changes",
    "Hibernate a workspace",
    `Removes the machine and keeps the data volume. Commands wake it again. ${THEN_WAIT}`,
  ),
  tool(
    "workspaces.wake",
    "changes",
    "Wake a workspace",
    `Starts a new machine for a hibernated workspace. ${THEN_WAIT}`,
  ),
  tool(
    "workspaces.deletePreview",
    "reads",
    "Preview a delete",
    "What workspaces_delete would delete, and what becomes of each data volume. Call it first, and show it to the person.",
  ),
  tool(
    "workspaces.delete",
    "destroys",
    "Delete a workspace",
    `Deletes a workspace. confirmName must be its exact name. Without eraseData its data volume is kept for a grace time and can be restored; with eraseData it is destroyed for good. ${THEN_WAIT} Then volumes_receipt proves an erase.`,
  ),
  tool(
    "workspaces.restore",
    "changes",
    "Restore a deleted workspace",
    `Brings back a deleted workspace whose data volume is still kept. ${THEN_WAIT}`,
  ),
  tool(
    "workspaces.bootLog",
    "reads",
    "Read the boot log",
    "The end of the machine's own output: why a start failed.",
    LOG,
  ),
  tool(
    "workspaces.agentLog",
    "reads",
    "Read the program's log",
    "The end of the output of the workspace's program.",
    LOG,
  ),
  tool("workspaces.metrics", "reads", "Read CPU and memory use", "Points of the last hour or day."),
  tool(
    "operations.get",
    "reads",
    "Get or wait for an operation",
    "The state of a restart, create, delete or other operation, with its steps and error. With waitSeconds it returns as soon as the operation has finished, or after that time.",
  ),
  tool("operations.list", "reads", "List operations", "Operations with their outcomes, newest first.", LIST),
  tool(
    "commands.run",
    "changes",
    "Run a command and wait",
    "Runs a program in a workspace and returns exitCode, stdout and stderr. command is an array of arguments, executed directly, or one line for the shell. Wakes a hibernated workspace. For anything longer than a minute, or a server, use commands_start.",
    OUTPUT,
  ),
  tool(
    "commands.start",
    "changes",
    "Start a command",
    "Starts a program that goes on after this call, such as a server or a long build. Read it with commands_output, end it with commands_signal.",
  ),
  tool("commands.get", "reads", "Get a command", "The state and exit code of a command."),
  tool("commands.list", "reads", "List commands", "A workspace's commands, newest first.", LIST),
  tool(
    "commands.output",
    "reads",
    "Read a command's output",
    "Returns stdout and stderr after the given offsets, and nextStdout and nextStderr for the next call. Waits up to waitSeconds for output or the end. ended is null while the command runs. dropped is true when earlier output is no longer kept.",
  ),
  tool(
    "commands.write",
    "changes",
    "Write to a command's input",
    "Writes data to the standard input of a command that was started with commands_start. end closes it.",
  ),
  tool(
    "commands.signal",
    "changes",
    "Signal a command",
    "SIGTERM ends a command and everything that it started, with SIGKILL after five seconds. Other signals are only delivered.",
  ),
  tool(
    "ports.list",
    "reads",
    "List ports",
    "The TCP ports that programs of a workspace listen on. With the token of this connection, their servers are at /port/<workspaceId>/<port>/ of this address.",
  ),
  tool(
    "ports.share",
    "changes",
    "Share a port",
    "Creates a link with which anyone can open one port of a workspace in a browser, until it expires or ports_revoke ends it.",
  ),
  tool("ports.revoke", "changes", "Stop sharing a port", "Ends a share link at once, with its open connections."),
  tool("files.list", "reads", "List a folder", `The entries of a folder. ${FILES}`, {
    limit: { default: 100, maximum: 500 },
  }),
  tool("files.stat", "reads", "Describe a file", `Type, size and times of a file or folder. ${FILES}`),
  tool(
    "files.read",
    "reads",
    "Read a file",
    `A part of a file, from offset, with its etag. Continue at offset plus the number of bytes returned. ${FILES}`,
    { length: { default: 32_768, maximum: 65_536 } },
  ),
  tool(
    "files.write",
    "changes",
    "Write a file",
    `Replaces the content of a file or creates it. Send ifMatch with the etag that you read, so that a newer change by another client is not overwritten. ${FILES}`,
  ),
  tool("files.makeDirectory", "changes", "Create a folder", `Creates a folder and its parents. ${FILES}`),
  tool("files.move", "changes", "Move a file", `Moves or renames a file or folder. ${FILES}`),
  tool("files.copy", "changes", "Copy a file", `Copies a file or folder. ${FILES}`),
  tool("files.delete", "destroys", "Delete a file", `Deletes a file for good, or with recursive a folder. ${FILES}`),
  tool("files.search", "reads", "Search files", `Finds files by name or by content. ${FILES}`, {
    limit: { default: 50, maximum: 200 },
  }),
  tool(
    "volumes.list",
    "reads",
    "List saved data",
    "Data volumes, including those whose workspace was deleted, with their deadline.",
    LIST,
  ),
  tool("volumes.get", "reads", "Get saved data", "One data volume: its state, deadline and what is missing."),
  tool("volumes.adopt", "changes", "Use saved data", `Creates a workspace on an unused data volume. ${THEN_WAIT}`),
  tool(
    "volumes.erase",
    "destroys",
    "Erase saved data",
    `Destroys a data volume for good. confirmName must be the name that volumes_get shows. ${THEN_WAIT} Then volumes_receipt proves it.`,
  ),
  tool("volumes.receipt", "reads", "Get the receipt of an erase", "The proof that a data volume was erased."),
  tool("events.list", "reads", "List events", "What happened, in order. Continue after the last sequence.", LIST),
];

/** The procedures without a tool, and why. A test fails for a procedure that is in neither list. */
export const EXCLUDED: Partial<Record<Action, string>> = {
  "session.get": "For the canvas.",
  "canvas.snapshot": "For the canvas; workspaces.list has the same.",
  "canvas.metrics": "For the canvas; workspaces.metrics has more.",
  "canvas.saveLayout": "For the canvas.",
  "canvas.saveViewport": "For the canvas.",
  "operations.durations": "For progress bars.",
  "files.searchStream": "files.search returns the same in one result.",
  "files.watch": "A tool has one result.",
  "events.subscribe": "A tool has one result.",
  "terminals.create": "For people; commands suit programs.",
  "terminals.list": "For people.",
  "terminals.close": "For people.",
  "retention.get": "For operators.",
  "retention.confirm": "A decision for a person.",
  "tokens.create": "A secret must not enter a model's context.",
  "tokens.list": "For owners.",
  "tokens.revoke": "For owners.",
};

/** `commands.run` as `commands_run`, because many clients refuse a dot; `deletePreview` as `delete_preview`. */
export const toolName = (procedure: Action): string =>
  procedure.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(".", "_");
