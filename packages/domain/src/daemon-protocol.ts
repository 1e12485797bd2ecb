/**
 * What the API and the daemon say to each other. HTTP/2 runs over one WebSocket the daemon opens; the API is the
 * HTTP/2 client. Bodies are JSON unless a row says bytes. A refusal is `{ problem }` with the problem's HTTP status.
 */

/**
 * The daemon's boot document: one JSON value in the `BERTH_BOOT` environment variable. Where others can read that variable,
 * the token is in the file that `BERTH_TOKEN_FILE` names instead.
 */
export interface DaemonBoot {
  /** `ws://host/tunnel`, `wss://…` or `ws+unix:/path/to.sock:/tunnel`. */
  tunnelUrl: string;
  tunnelToken: string;
  workspaceId: string;
  incarnationId: string;
  generation: number;
  /** Where each root lies on the instance's own file system. A root that is absent is not served. */
  roots: Partial<Record<"/workspace" | "/configs" | "/agent-home", string>>;
  /** Files that fill an empty `/configs`, by path below it; never written over existing files. */
  configTemplate: Readonly<Record<string, string>>;
  /** The workspace's command as an argument array, or null when it has none (`shell`, and every browse instance). */
  command: readonly string[] | null;
  /** Environment added for the command. */
  environment: Readonly<Record<string, string>>;
  /** Scratch space of the instance, for the agent log. Not on the data volume. */
  stateDirectory: string;
  /** Whose CPU, memory and disk the daemon tells of; found out by looking around when it is absent. */
  measures?: MeasuredGround;
}

/**
 * `machine`: a machine of its own, so all of it. `container`: the control group of a container, and what lies on the
 * data volume. `processes`: on a machine shared with others, the workspace's own processes and what lies on its volume.
 */
export const MEASURED_GROUNDS = ["machine", "container", "processes"] as const;
export type MeasuredGround = (typeof MEASURED_GROUNDS)[number];

/** Sent by the daemon as headers of the upgrade. */
export const TUNNEL_HEADERS = { incarnation: "x-berth-incarnation" } as const;

/**
 * What the daemon upgrades to. Over a network it is a WebSocket, which every proxy lets through. On a unix socket nothing
 * sits in between, so HTTP/2 runs on the bare connection: two to three times the throughput, half the round trip.
 */
export const TUNNEL_UPGRADES = { webSocket: "websocket", bare: "berth-tunnel" } as const;

/** Paths of the daemon's HTTP/2 server. Query parameters are strings; `root` and `path` as in `files.*`. */
export const DAEMON_ROUTES = {
  /** GET → `DaemonStatus`. The liveness round trip. */
  status: "/status",
  /** GET `?root&path&limit&cursor&sort&order` → `FileListing`. */
  list: "/files/list",
  /** GET `?root&path` → `FileStat`. */
  stat: "/files/stat",
  /**
   * GET `?root&path` with optional `range`, `if-range`, `if-none-match` → bytes, `etag`, `content-range`, 200/206/304/416.
   * PUT `?root&path&parents` bytes with optional `if-match`, `if-none-match: *` → `FileWritten`; with `&upload=<id>` and
   * `content-range: bytes first-last/total` it takes a part: 202 `{offset}` until the part that completes the whole.
   */
  content: "/files/content",
  /** POST `{root, path, parents}` → `{path}`. */
  makeDirectory: "/files/make-directory",
  /** POST `{root, from, to, overwrite}` → `{path}`. */
  move: "/files/move",
  /** POST `{root, from, to, overwrite}` → `{path, differences}`. */
  copy: "/files/copy",
  /** POST `{root, path, recursive}` → `{path}`. */
  delete: "/files/delete",
  /**
   * GET `?root&path&format=tar|tar.gz|zip` → bytes. PUT `?root&path&format=tar|tar.gz` bytes → `ArchiveExtracted`; a missing
   * folder is made. With `&exact=true` (tar only) it moves a folder to another machine: everything is carried or the call fails,
   * and the receiving folder is emptied first.
   */
  archive: "/files/archive",
  /** GET `?root&path&checksum=true|false` → `TreeManifest`. Reads every file for the checksum. */
  manifest: "/files/manifest",
  /** HEAD/DELETE `?root&upload` → `upload-offset` header: bytes kept of a broken upload, 404 when none. */
  upload: "/files/upload",
  /** GET `?root&path&name&content&ignoreCase&limit` → NDJSON of `SearchMatch`, streamed until done or cancelled. */
  search: "/files/search",
  /** POST `{root, paths}` → NDJSON of `FileWatchMessage`, until cancelled. */
  watch: "/files/watch",
  /** GET → `{sizeBytes, complete}` of the data roots, links not followed; not complete means "at least". */
  usage: "/files/usage",
  /** GET `?tailBytes` → `LogTail`. */
  agentLog: "/logs/agent",
  /** GET → `{terminals: TerminalFacts[]}`. POST `{columns, rows}` → `TerminalFacts`. DELETE `?id` → `{}`, once it has ended. */
  terminals: "/terminals",
  /**
   * POST `?id&after`: frames (`encodeFrame`) both ways for as long as it lasts. Towards the daemon: input, size, received.
   * From it: output, and once the shell has ended `exited`. `terminal-offset` in the answer is where the output begins: at
   * `after`, or later when that is not kept any more.
   */
  attachTerminal: "/terminals/attach",
  /** POST → ends the workspace's command and its terminals and answers once they have ended, so that files stand still. */
  quiesce: "/control/quiesce",
} as const;

/** `missing`: the command's program is not there, so it was not started and is not tried again. */
export const AGENT_STATES = ["none", "running", "exited", "missing"] as const;
export type AgentState = (typeof AGENT_STATES)[number];

export interface DaemonStatus {
  incarnationId: string;
  startedAt: string;
  agent: { state: AgentState; pid: number | null; exitCode: number | null; restarts: number };
  /** Of the instance as the daemon sees it. `cpuPercent` is since the last call; 100 is one core. */
  metrics: {
    cpuPercent: number | null;
    memoryBytes: number | null;
    diskUsedBytes: number | null;
    diskTotalBytes: number | null;
  };
  configsRefilled: boolean;
}

export interface LogTail {
  text: string;
  truncated: boolean;
}

export interface ArchiveExtracted {
  files: number;
  directories: number;
  links: number;
  bytes: number;
  /** Empty when everything in the archive was made as it stands there. */
  differences: readonly ArchiveDifference[];
}

/** All of a folder in numbers: two folders with the same checksum hold the same. */
export interface TreeManifest {
  entries: number;
  bytes: number;
  /** Null when it was not asked for. */
  sha256: string | null;
  /** What stands in the way of carrying everything to another machine. Empty when nothing does. */
  obstacles: readonly ArchiveDifference[];
}

/** Something that was not carried over as it was: why, how often, and the paths of the first entries it happened to. */
export interface ArchiveDifference {
  reason: string;
  count: number;
  examples: readonly string[];
}
