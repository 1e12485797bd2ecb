import { connectDocker, ensureTestImage, findDockerForTests } from "@berth/backends/testing";
import type { BackendKind } from "@berth/domain";

export interface BackendUnderTest {
  backend: BackendKind;
  options: { backend: BackendKind; image?: string };
  /** The reason for a skip, which is printed, or null. A required backend fails instead. */
  skipped: string | null;
}

const docker = await findDockerForTests(process.env);

/** The backends that keep data on this machine, with a test image for those that need one. */
export const BACKENDS_UNDER_TEST: BackendUnderTest[] = [
  { backend: "local", options: { backend: "local" }, skipped: null },
  docker.reason === null
    ? {
        backend: "docker",
        options: { backend: "docker", image: await ensureTestImage(connectDocker(), "glibc") },
        skipped: null,
      }
    : { backend: "docker", options: { backend: "docker" }, skipped: docker.reason },
];
