import { bundleDaemon } from "@berth/daemon";
import { startDaemon } from "@berth/daemon/start";
import type { DaemonBoot } from "@berth/domain";
import { describe } from "vitest";
import { connectDocker } from "./docker/engine.ts";
import { describeContract } from "./testing/contract.ts";
import { ensureTestImage } from "./testing/docker-test-image.ts";
import { findDockerForTests } from "./testing/require-docker.ts";
import { dockerSubject, localSubject, memorySubject } from "./testing/subjects.ts";

const bundle = await bundleDaemon();
const { path: bundlePath, companions, version } = bundle;
const daemon = { bundlePath, companions, version, nodePath: process.execPath };
const docker = await findDockerForTests(process.env);

/** In a process of its own the daemon checks what it is given before anything else; in this one, this does. */
const startChecked = (boot: DaemonBoot, options: { log(line: string): void }) => {
  if (boot.tunnelToken === "") throw new Error("BERTH_BOOT.tunnelToken must be a non-empty string.");
  return startDaemon(boot, options);
};

const subjects = [
  memorySubject(async (boot, options) => startChecked(boot, options)),
  ...(process.platform === "linux" ? [localSubject(daemon, "auto"), localSubject(daemon, "never")] : []),
  ...(docker.reason === null
    ? [dockerSubject({ host: undefined, daemon, defaultImage: await ensureTestImage(connectDocker(), "glibc") })]
    : []),
];

describe.each(subjects)("$name", (subject) => describeContract(subject));
