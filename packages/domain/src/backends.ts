import { DomainError } from "./errors.ts";

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

/** What only some backends do, of what a workspace may ask for. */
interface AskedOfBackend {
  homeSnapshot?: boolean | undefined;
  image?: string | undefined;
  instanceType?: string | undefined;
  diskGb?: number | undefined;
}

/**
 * What the input schema cannot know: whether this backend does what is asked. Refused before anything is written, and in
 * the words that `docs/backends.md` shows.
 *
 * @throws DomainError `unsupported_by_backend`
 */
export function checkCompute(
  backend: BackendKind,
  capabilities: Pick<Capabilities, "homeSnapshot" | "images">,
  compute: AskedOfBackend,
): void {
  const refuse = (what: string, next: string): never => {
    throw new DomainError("unsupported_by_backend", `The ${backend} backend does not offer ${what}. ${next}`, {
      details: { backend },
    });
  };
  if (compute.homeSnapshot && !capabilities.homeSnapshot) refuse("home snapshots", "Leave homeSnapshot off.");
  if (compute.image && !capabilities.images) refuse("images", "Leave compute.image out.");
  if (compute.instanceType && backend !== "ec2") refuse("instance types", "Leave compute.instanceType out.");
  if (compute.diskGb && backend !== "ec2") refuse("a disk size", "Leave compute.diskGb out.");
}

/** For a backend without `browseStopped`: its machines cost money and minutes, too much for somebody who only looks. */
export const notShownWhileStopped = (backend: BackendKind, { name, status }: { name: string; status: string }) =>
  new DomainError(
    "workspace_not_running",
    `"${name}" is ${status}, and the ${backend} backend shows files only while the machine runs: to look at them, a machine would have to be started and paid for. Start it first.`,
    { retryable: false, details: { backend } },
  );
