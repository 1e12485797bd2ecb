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
