/** One JSON line of the log. `evt` names what happened; every other field is safe to write down. */
export interface BackendLogRecord {
  evt: string;
  [field: string]: string | number | boolean | null | undefined;
}

/** What every backend is given. Nothing here is read from the environment. */
export interface BackendOptions {
  /** A UUID made once per data directory. Whatever a backend makes carries it; whatever lacks it is left alone. */
  readonly installationId: string;
  /** Absolute path of a folder of mode 0700 that a backend may fill below a name of its own. */
  readonly dataDirectory: string;
  readonly tunnel: TunnelAddress;
  readonly daemon: DaemonProgram;
  log(record: BackendLogRecord): void;
}

export interface TunnelAddress {
  /**
   * The unix socket of the tunnel, for instances on this machine. Its folder is mounted into containers, so it must
   * hold nothing else, and stay where it is while instances live; the socket itself may come and go. Containers may run
   * as any user: the folder needs mode 0711 and the socket 0666, below a data directory that keeps others out.
   */
  readonly socketPath: string;
  /** `ws://…/tunnel` or `wss://…/tunnel`, for instances that cannot see the socket. */
  readonly url: string;
}

export interface DaemonProgram {
  /** The bundled daemon: one CommonJS file. */
  readonly bundlePath: string;
  /** Files that lie beside the bundle under their own names wherever it goes: the native part of terminals. */
  readonly companions?: readonly string[];
  /** For people who look at a volume or folder. What is kept is told apart by content, so a rebuilt bundle is a new one. */
  readonly version: string;
  /** A Linux Node binary that runs the bundle; copied next to it. */
  readonly nodePath: string;
}
