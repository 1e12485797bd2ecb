/**
 * The protocol between the API and the daemon: HTTP/2 over one connection that the daemon opens, with the API as the
 * HTTP/2 client. Bodies are JSON unless a row says bytes. An error is `{ problem }` with the HTTP status of the
 * problem.
 */

/**
 * The boot document of the daemon: one JSON value in the environment variable `BERTH_BOOT`. Where others can read
 * that variable, the token is in the file named by `BERTH_TOKEN_FILE` instead.
 */
export interface DaemonBoot {
  /** `ws://host/tunnel`, `wss://…` or `ws+unix:/path/to.sock:/tunnel`. */
  tunnelUrl: string;
  tunnelToken: string;
  workspaceId: string;
  incarnationId: string;
  generation: number;
  /** The path of each root in the file system of the instance. A root that is absent is not served. */
  roots: Partial<Record<"/workspace" | "/configs" | "/agent-home", string>>;
  /** Files that fill an empty `/configs`, by relative path. They never overwrite existing files. */
  configTemplate: Readonly<Record<string, string>>;
  /** The command of the workspace as an argument array. Null when it has none (`shell`, and every browse instance). */
  command: readonly string[] | null;
  /** Environment variables added for the command. */
  environment: Readonly<Record<string, string>>;
  /** Scratch space of the instance, for the agent log. Not on the data volume. */
  stateDirectory: string;
  /** What CPU, memory and disk metrics cover. The daemon detects it when absent. */
  measures?: MetricsScope;
}

/**
 * `machine`: the whole machine, which belongs to the workspace. `container`: the control group of a container and the
 * data volume. `processes`: on a shared machine, the processes of the workspace and its data volume.
 */
export const METRICS_SCOPES = ["machine", "container", "processes"] as const;
export type MetricsScope = (typeof METRICS_SCOPES)[number];

/** Headers of the upgrade request from the daemon. */
export const TUNNEL_HEADERS = { incarnation: "x-berth-incarnation" } as const;

/**
 * The protocols of the upgrade. A WebSocket over a network, because every proxy lets it through. On a Unix socket
 * there is no proxy, so HTTP/2 runs on the bare connection: two to three times the throughput, half the round trip.
 */
export const TUNNEL_UPGRADES = { webSocket: "websocket", bare: "berth-tunnel" } as const;

/** The API pings at this interval. A daemon that receives nothing for more than three intervals connects again. */
export const TUNNEL_PING = { intervalMs: 10_000, silenceMsMax: 35_000 } as const;

/** Paths of the HTTP/2 server in the daemon. Query parameters are strings; `root` and `path` are as in `files.*`. */
export const DAEMON_ROUTES = {
  /** GET → `DaemonStatus`. Also the liveness probe. */
  status: "/status",
  /** GET `?root&path&limit&cursor&sort&order` → `FileListing`. */
  list: "/files/list",
  /** GET `?root&path` → `FileStat`. */
  stat: "/files/stat",
  /**
   * GET `?root&path` with optional `range`, `if-range`, `if-none-match` → bytes, `etag`, `content-range`,
   * 200/206/304/416.
   * PUT `?root&path&parents` bytes with optional `if-match`, `if-none-match: *` → `FileWritten`. With `&upload=<id>`
   * and `content-range: bytes first-last/total` it takes a part: 202 `{offset}` until the last part completes the
   * file.
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
   * GET `?root&path&format=tar|tar.gz|zip` → bytes. PUT `?root&path&format=tar|tar.gz` bytes → `ArchiveExtracted`;
   * creates a missing folder. `&exact=true` (tar only) moves a folder to another instance: it empties the target
   * folder first, and fails unless it carries everything.
   */
  archive: "/files/archive",
  /** GET `?root&path&checksum=true|false` → `TreeManifest`. Reads every file for the checksum. */
  manifest: "/files/manifest",
  /** HEAD/DELETE `?root&upload` → header `upload-offset`: bytes kept of an interrupted upload, 404 when none. */
  upload: "/files/upload",
  /** GET `?root&path&name&content&ignoreCase&limit` → NDJSON of `SearchMatch`, streamed until done or cancelled. */
  search: "/files/search",
  /** POST `{root, paths}` → NDJSON of `FileWatchMessage`, until cancelled. */
  watch: "/files/watch",
  /** GET → `{sizeBytes, complete}` of the data roots, without following links. Not complete means "at least". */
  usage: "/files/usage",
  /** GET `?tailBytes` → `LogTail`. */
  agentLog: "/logs/agent",
  /**
   * GET → `{terminals: TerminalFacts[]}`. POST `{columns, rows}` → `TerminalFacts`. DELETE `?id` → `{}` once it has
   * ended.
   */
  terminals: "/terminals",
  /**
   * POST `?id&after`: frames (`encodeFrame`) in both directions while it lasts. To the daemon: input, size, received.
   * From the daemon: output, and `exited` once the shell has ended. The header `terminal-offset` of the response says
   * where the output begins: at `after`, or later when that part is no longer kept.
   */
  attachTerminal: "/terminals/attach",
  /**
   * GET with optional `?id` → `{commands: CommandReport[]}`: running ones, and ended ones whose output is kept.
   * POST `StartCommandRequest` → `CommandReport`.
   */
  commands: "/commands",
  /**
   * GET `?id&afterStdout&afterStderr` → frames (`COMMAND_FRAME`) until the command has ended. With `&end=true` they
   * begin once it has ended.
   */
  commandOutput: "/commands/output",
  /** POST `{id, writeId, data, end}`, data in base64 → `CommandReport`. A repeated `writeId` writes nothing again. */
  writeCommand: "/commands/write",
  /** POST `{id, signal}` → `CommandReport`. */
  signalCommand: "/commands/signal",
  /** GET → `{listeners: PortListener[]}`: what the programs of the workspace listen on. */
  ports: "/ports",
  /** POST `?port`: the bytes of one TCP connection to that port of the machine itself, in both directions. */
  connectPort: "/ports/connect",
  /**
   * POST → ends the program, the commands and the terminals of the workspace. Responds once they have ended and the files
   * no longer
   * change.
   */
  quiesce: "/control/quiesce",
} as const;

/** `missing`: the program of the command does not exist, so it was not started and is not retried. */
export const AGENT_STATES = ["none", "running", "exited", "missing"] as const;
export type AgentState = (typeof AGENT_STATES)[number];

export interface DaemonStatus {
  incarnationId: string;
  startedAt: string;
  agent: { state: AgentState; pid: number | null; exitCode: number | null; restarts: number };
  /** Metrics of the instance as seen by the daemon. `cpuPercent` is since the last call; 100 is one core. */
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
  /** Empty when everything in the archive was created exactly. */
  differences: readonly ArchiveDifference[];
}

/** A summary of a folder. Two folders with the same checksum have the same content. */
export interface TreeManifest {
  entries: number;
  bytes: number;
  /** Null when it was not requested. */
  sha256: string | null;
  /** What prevents an exact copy to another instance. Empty when nothing does. */
  obstacles: readonly ArchiveDifference[];
}

/** Something that was not copied exactly: the reason, the count, and the paths of the first entries. */
export interface ArchiveDifference {
  reason: string;
  count: number;
  examples: readonly string[];
}
