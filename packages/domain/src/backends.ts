import { DomainError } from "./errors.ts";

export const BACKEND_KINDS = ["local", "docker", "ec2", "memory"] as const;
export type BackendKind = (typeof BACKEND_KINDS)[number];

/** The order in which `auto` chooses a backend. `memory` is for tests and demos and must be named. */
export const BACKEND_PREFERENCE = ["ec2", "docker", "local"] as const satisfies readonly BackendKind[];

/** What a backend can do. A verb that is false here fails with `unsupported_by_backend` and has no fallback. */
export interface Capabilities {
  /** Instances are isolated from each other and from the host. */
  isolation: boolean;
  /** Memory and CPU limits of a tier are enforced. */
  resourceLimits: boolean;
  /** Every workspace has its own machine. Decides the default tier. */
  ownMachine: boolean;
  pause: boolean;
  /** The backend can serve the files of a stopped workspace. */
  browseStopped: boolean;
  /** `$HOME` can be saved before an instance is replaced and restored after. */
  homeSnapshot: boolean;
  /** `compute.image` is used. */
  images: boolean;
  bootLog: boolean;
}

/** The settings that only some backends support. */
interface ComputeRequest {
  homeSnapshot?: boolean | undefined;
  image?: string | undefined;
  instanceType?: string | undefined;
  diskGb?: number | undefined;
}

/**
 * Checks what the input schema cannot know: whether the backend supports these settings. Runs before anything is
 * written. `docs/backends.md` shows the same messages.
 *
 * @throws DomainError `unsupported_by_backend`
 */
export function checkCompute(
  backend: BackendKind,
  capabilities: Pick<Capabilities, "homeSnapshot" | "images">,
  compute: ComputeRequest,
): void {
  const refuse = (what: string, next: string): never => {
    throw new DomainError("unsupported_by_backend", `The ${backend} backend does not support ${what}. ${next}`, {
      details: { backend },
    });
  };
  if (compute.homeSnapshot && !capabilities.homeSnapshot) refuse("home snapshots", "Turn homeSnapshot off.");
  if (compute.image && !capabilities.images) refuse("images", "Omit compute.image.");
  if (compute.instanceType && backend !== "ec2") refuse("instance types", "Omit compute.instanceType.");
  if (compute.diskGb && backend !== "ec2") refuse("a disk size", "Omit compute.diskGb.");
}

/** For backends without `browseStopped`: starting an instance just to browse files would cost money and minutes. */
export const browseNotSupported = (backend: BackendKind, { name, status }: { name: string; status: string }) =>
  new DomainError(
    "workspace_not_running",
    `"${name}" is ${status}, and the ${backend} backend shows files only while the machine runs. Showing them now would mean starting and paying for a machine. Start it first.`,
    { retryable: false, details: { backend } },
  );
