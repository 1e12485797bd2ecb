const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;

/** Every limit of the product. Server, daemon, canvas, docs and tests read this table; a refusal names the limit. */
export const LIMITS = {
  workspaceNameCharsMax: 100,
  workspaceRoleCharsMax: 1000,
  idempotencyKeyCharsMax: 200,
  idempotencyKeepHours: 24,
  listLimitDefault: 100,
  listLimitMax: 500,
  filesListLimitDefault: 200,
  filesListLimitMax: 1000,
  /** One `files.read` or `files.write` call; larger files go through `/files`. */
  fileInlineBytesMax: 1 * MiB,
  fileUploadBytesMax: 1024 * GiB,
  /** Characters of one path below a root. Linux allows 4,096 bytes with the root in front. */
  filePathCharsMax: 3500,
  fileNameBytesMax: 255,
  searchMatchesMax: 1000,
  bootLogTailBytesDefault: 64 * KiB,
  bootLogTailBytesMax: 1 * MiB,
  agentLogBytesKept: 4 * MiB,
  requestBodyBytesMax: 4 * MiB,
  /** A workspace may sit this deep below its topmost ancestor. */
  teamDepthMax: 8,
  signInCodeMinutes: 10,
  sessionDays: 30,
  abandonedUploadHours: 24,
  /** Running terminals of one workspace. */
  terminalsMax: 8,
  /** A terminal that nobody ever attached to, and that runs nothing but its shell, is closed after this time. */
  terminalNeverAttachedMinutes: 15,
  /** The same for one that was detached and has printed nothing since. */
  terminalDetachedHours: 24,
  /** How long the last output of an ended terminal can be read, while its machine runs. */
  terminalOutputKeptMinutes: 60,
  /** Ended terminals of one workspace whose output is kept; the oldest is dropped first. */
  terminalsEndedKept: 16,
  /** How long `terminals.list` shows an ended terminal with its exit code. */
  terminalListedHours: 24,
  /** Output a terminal keeps for whoever connects again. */
  terminalScrollbackBytes: 256 * KiB,
  /** One message of input; longer pastes are sent in pieces. */
  terminalInputBytesMax: 64 * KiB,
  terminalColumnsMax: 1000,
  terminalRowsMax: 1000,
  /** Events older than this are removed, but never the newest `eventsKeptMin`. */
  eventsKeptDays: 90,
  eventsKeptMin: 10_000,
  /** Finished operations older than this are removed, but never the newest `operationsKeptMin`. */
  operationsKeptDays: 90,
  operationsKeptMin: 1000,
  /** The record of a deleted workspace is removed this long after its delete, and never before its data is erased. */
  deletedWorkspacesKeptDays: 90,
  /** Folders one `files.watch` looks at. */
  watchedFoldersMax: 200,
  /** What their paths may take together in the address of the subscription, percent-encoded. */
  watchedFoldersAddressCharsMax: 100_000,
  /** The address of one request. The longest path, percent-encoded, and the folders of a `files.watch` fit. */
  requestAddressBytesMax: 128 * KiB,
  /** All headers of one request. */
  requestHeadersBytesMax: 128 * KiB,
  /** The clock may have moved, or Berth may have been away, by so much; beyond it nothing expires for a while. */
  expiryGapSecondsMax: 3600,
  /** A hold of the expiry ends by itself after so many hours in which Berth was up, or after the grace time if longer. */
  expiryHoldHoursMin: 24,
} as const;
