export const PORT_MAX = 65_535;

/** A TCP socket that a program of the workspace listens on, as the daemon reports it. */
export interface PortListener {
  port: number;
  /** An IPv4 or IPv6 address. */
  address: string;
  /** The name of the program; null when the daemon cannot read it. */
  process: string | null;
}

/** A port of a workspace as the API returns it. */
export interface WorkspacePort {
  port: number;
  /** Null for a shared port that nothing listens on. */
  address: string | null;
  process: string | null;
  /** Null when previews have no address here. */
  previewUrl: string | null;
  shares: PortShare[];
}

export interface PortShare {
  id: string;
  /** Anyone who has it can open the port. */
  url: string;
  expiresAt: string;
}
