export const BACKEND_KINDS = ["local", "docker", "ec2", "memory"] as const;
export type BackendKind = (typeof BACKEND_KINDS)[number];

/** The order in which `auto` looks for a backend. `memory` is for tests and demonstrations: named or not at all. */
export const BACKEND_PREFERENCE = ["ec2", "docker", "local"] as const satisfies readonly BackendKind[];

/** What a backend can do. A verb that is false here is refused with `unsupported_by_backend`, never replaced by another. */
export interface Capabilities {
  /** Instances cannot see each other or the host. */
  isolation: boolean;
  /** Memory and CPU limits of a tier are enforced. */
  resourceLimits: boolean;
  /** Every workspace has a machine of its own (decides the default tier). */
  ownMachine: boolean;
  pause: boolean;
  /** The files of a stopped workspace can be served. */
  browseStopped: boolean;
  /** `$HOME` can be saved before a swap and restored after. */
  homeSnapshot: boolean;
  /** `compute.image` is honoured. */
  images: boolean;
  bootLog: boolean;
}
