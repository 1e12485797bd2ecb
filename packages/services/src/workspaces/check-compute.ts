import { type BackendKind, type Capabilities, type Compute, DomainError } from "@berth/domain";

/** What the input schema cannot know: whether this backend does what is asked. Refused before anything is written. */
export function checkCompute(backend: BackendKind, capabilities: Capabilities, compute: Compute): void {
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
