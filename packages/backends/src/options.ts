/** One JSON line of the log. `evt` names the event; every other field must be safe to log. */
export interface BackendLogRecord {
  evt: string;
  [field: string]: string | number | boolean | null | undefined;
}

/** Options of every backend. Backends read no environment variables. */
export interface BackendOptions {
  /**
   * A UUID created once per data directory. Backends label everything that they create with it, and ignore everything
   * else.
   */
  readonly installationId: string;
  /** Absolute path of a directory with mode 0700. Each backend writes below its own name in it. */
  readonly dataDirectory: string;
  readonly tunnel: TunnelAddress;
  readonly daemon: DaemonProgram;
  log(record: BackendLogRecord): void;
}

export interface TunnelAddress {
  /**
   * The unix socket of the tunnel, for instances on this host. Containers mount its directory, so the directory must
   * contain nothing else and must not move while instances exist. The socket itself may be recreated.
   * Containers may run as any user: the directory needs mode 0711 and the socket 0666, below a data directory that
   * keeps other users out.
   */
  readonly socketPath: string;
  /** `ws://…/tunnel` or `wss://…/tunnel`, for instances without access to the socket. */
  readonly url: string;
}

export interface DaemonProgram {
  /** The bundled daemon: one CommonJS file. */
  readonly bundlePath: string;
  /** Files that are installed next to the bundle under their own names: the native addon for terminals. */
  readonly companions?: readonly string[];
  /** For people who inspect a volume or directory. Copies are keyed by content, so a rebuilt bundle gets a new one. */
  readonly version: string;
  /** A Linux Node binary that runs the bundle; copied next to it. */
  readonly nodePath: string;
}
