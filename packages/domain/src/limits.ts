const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;

/** All limits of the product, read by server, daemon, canvas, docs and tests. An error names the limit it enforces. */
export const LIMITS = {
  workspaceNameCharsMax: 100,
  workspaceRoleCharsMax: 1000,
  idempotencyKeyCharsMax: 200,
  idempotencyKeepHours: 24,
  listLimitDefault: 100,
  listLimitMax: 500,
  filesListLimitDefault: 200,
  filesListLimitMax: 1000,
  /** For one call of `files.read` or `files.write`. Larger files go through `/files`. */
  fileInlineBytesMax: 1 * MiB,
  fileUploadBytesMax: 1024 * GiB,
  /** Characters of one path below a root. Linux allows 4,096 bytes including the root. */
  filePathCharsMax: 3500,
  fileNameBytesMax: 255,
  searchMatchesMax: 1000,
  bootLogTailBytesDefault: 64 * KiB,
  bootLogTailBytesMax: 1 * MiB,
  agentLogBytesKept: 4 * MiB,
  requestBodyBytesMax: 4 * MiB,
  /** The depth of a workspace below its root ancestor. */
  teamDepthMax: 8,
  signInCodeMinutes: 10,
  sessionDays: 30,
  abandonedUploadHours: 24,
  /** Running terminals of one workspace. */
  terminalsMax: 8,
  /** Closes a terminal that had no viewer yet and runs nothing but its shell. */
  terminalNeverAttachedMinutes: 15,
  /** Closes a terminal that was detached, has printed nothing since and runs nothing but its shell. */
  terminalDetachedHours: 24,
  /** How long the last output of an ended terminal can be read while its instance runs. */
  terminalOutputKeptMinutes: 60,
  /** Ended terminals of one workspace whose output is kept. The oldest is evicted first. */
  terminalsEndedKept: 16,
  /** How long `terminals.list` shows an ended terminal with its exit code. */
  terminalListedHours: 24,
  /** Output that a terminal keeps for reconnecting viewers. */
  terminalScrollbackBytes: 256 * KiB,
  /** One input message. Longer pastes are sent in several messages. */
  terminalInputBytesMax: 64 * KiB,
  terminalColumnsMax: 1000,
  terminalRowsMax: 1000,
  /** One argument, shell line or variable of a command: Linux allows 128 KiB with the final NUL. */
  commandArgumentBytesMax: 128 * KiB - 1,
  commandArgumentsMax: 10_000,
  commandVariablesMax: 1000,
  /** All arguments and variables of a command. */
  commandBytesMax: 1 * MiB,
  /** One `stdin` or `commands.write`, and all input that a command has not read yet. */
  commandInputBytesMax: 1 * MiB,
  commandTimeoutSecondsDefault: 60,
  commandTimeoutSecondsMax: 3600,
  /** How many of the last bytes of each stream of a command are kept. */
  commandOutputBytesDefault: 1 * MiB,
  commandOutputBytesMax: 4 * MiB,
  /** How long the last output of an ended command can be read while its instance runs. */
  commandOutputKeptMinutes: 60,
  /** Output of all ended commands of one workspace. The oldest is evicted first. */
  commandsOutputKeptBytes: 64 * MiB,
  /** What the output of all running commands of one workspace may take on the disk. */
  commandsOutputRunningBytes: 256 * MiB,
  /** Running commands of one workspace. */
  commandsRunningMax: 128,
  /** Ended commands of one workspace whose output is kept. The oldest is evicted first. */
  commandsKeptMax: 200,
  /** The time between SIGTERM and SIGKILL. */
  commandGraceSeconds: 5,
  /** How long `commands.list` shows an ended command with its exit code. */
  commandListedHours: 24,
  /** Ended commands of one workspace that `commands.list` shows. */
  commandsListedMax: 1000,
  /** Open connections to the ports of one workspace. */
  portConnectionsMax: 256,
  /** Ports of one workspace that are listed. */
  portsListedMax: 500,
  /** How long a share link may be valid. */
  portShareSecondsMax: 30 * 86_400,
  /** How long a browser that was handed over to a preview has access, before Berth checks its session again. */
  previewSessionHours: 12,
  /** The time for the redirect from Berth to a preview. */
  previewCodeSeconds: 60,
  /** Older events are deleted, except the newest `eventsKeptMin`. */
  eventsKeptDays: 90,
  eventsKeptMin: 10_000,
  /** Older finished operations are deleted, except the newest `operationsKeptMin`. */
  operationsKeptDays: 90,
  operationsKeptMin: 1000,
  /** How long the record of a deleted workspace is kept. It is never deleted before its data is erased. */
  deletedWorkspacesKeptDays: 90,
  /** Folders of one `files.watch`. */
  watchedFoldersMax: 200,
  /** Their paths in the URL of the subscription, percent-encoded. */
  watchedFoldersAddressCharsMax: 100_000,
  /** The URL of one request. Fits the longest path, percent-encoded, and the folders of a `files.watch`. */
  requestAddressBytesMax: 128 * KiB,
  /** All headers of one request. */
  requestHeadersBytesMax: 128 * KiB,
  /** The largest clock jump or downtime that does not put expiry on hold. */
  expiryGapSecondsMax: 3600,
  /** A hold of the expiry ends after this many hours of uptime, or after the grace time if that is longer. */
  expiryHoldHoursMin: 24,
} as const;
