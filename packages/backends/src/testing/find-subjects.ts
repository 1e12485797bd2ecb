import { bundleDaemon } from "@berth/daemon";
import { startDaemon } from "@berth/daemon/start";
import type { BackendKind, DaemonBoot } from "@berth/domain";
import { connectDocker } from "../docker/engine.ts";
import type { DaemonProgram } from "../options.ts";
import type { ContractSubject } from "./contract-harness.ts";
import { ensureTestImage } from "./docker-test-image.ts";
import { ec2Subject } from "./ec2/harness.ts";
import { findEc2HarnessForTests } from "./ec2/require-ec2-harness.ts";
import { findDockerForTests } from "./require-docker.ts";
import { dockerSubject, localSubject, memorySubject } from "./subjects.ts";

export interface FoundSubjects {
  subjects: readonly ContractSubject[];
  /** Why a kind cannot be tested on this host. */
  unavailable: ReadonlyMap<BackendKind, string>;
  daemon: DaemonProgram;
}

/**
 * Every backend that this host can run. Prints the reason for the others, or throws where BERTH_TEST_REQUIRE names
 * them.
 */
export async function findSubjectsForTests(environment: NodeJS.ProcessEnv): Promise<FoundSubjects> {
  const { path: bundlePath, companions, version } = await bundleDaemon();
  const daemon = { bundlePath, companions, version, nodePath: process.execPath };
  const unavailable = new Map<BackendKind, string>();
  const subjects = [memorySubject(startChecked)];
  if (process.platform === "linux") subjects.push(localSubject(daemon, "auto"), localSubject(daemon, "never"));
  else unavailable.set("local", "It needs Linux.");

  const docker = await findDockerForTests(environment);
  if (docker.reason !== null) unavailable.set("docker", docker.reason);
  else {
    const defaultImage = await ensureTestImage(connectDocker(), "glibc");
    subjects.push(dockerSubject({ host: undefined, daemon, defaultImage }));
  }

  const ec2 = await findEc2HarnessForTests(environment);
  if (ec2.reason !== null) unavailable.set("ec2", ec2.reason);
  else subjects.push(ec2Subject({ daemon, environment }));
  return { subjects, unavailable, daemon };
}

/** Repeats the check that a daemon in its own process makes first. */
async function startChecked(boot: DaemonBoot, options: { log(line: string): void }) {
  if (boot.tunnelToken === "") throw new Error("BERTH_BOOT.tunnelToken must be a non-empty string.");
  return startDaemon(boot, options);
}
