import {
  bundleDaemon,
  type ContractSubject,
  connectDocker,
  dockerSubject,
  ensureTestImage,
  findDockerForTests,
  localSubject,
  newSpec,
  newVolume,
  provisionOptions,
  Sentinels,
} from "@berth/backends/testing";
import { adoptVolumeInput } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { openHarnessOver, until } from "../testing/index.ts";
import { adoptVolume, listVolumes } from "../volumes/volumes.ts";

const docker = await findDockerForTests(process.env);
const { path: bundlePath, version, ...bundle } = await bundleDaemon();
const daemon = { bundlePath, version, ...bundle, nodePath: process.execPath };

const SUBJECTS: ContractSubject[] = [
  ...(process.platform === "linux" ? [localSubject(daemon, "auto")] : []),
  ...(docker.reason === null
    ? [dockerSubject({ host: undefined, daemon, defaultImage: await ensureTestImage(connectDocker(), "glibc") })]
    : []),
];

describe.each(SUBJECTS.map((subject) => ({ name: subject.name, subject })))("a sweep of $name", ({ subject }) => {
  test("quarantines volumes that an older database does not know, and ignores those of another installation", async () => {
    const contract = await subject.open();
    const { other, tunnel } = contract;
    await using harness = await openHarnessOver(contract);
    const { deps, actor, backend } = harness;
    const foreign = newSpec({ volumeId: await newVolume(other) });
    tunnel.expect(foreign);
    await other.instances.provision(foreign, provisionOptions());

    const lost = await harness.online();
    const sentinels = await Sentinels.plant(await harness.filesOf(lost), "/workspace");
    const machine = { incarnationId: await harness.incarnationOf(lost), workspaceId: lost.id };
    await harness.forget(lost);
    const found = await until(
      async () => (await listVolumes(deps, actor, { state: "quarantined" }))[0],
      "the volume is quarantined",
    );
    expect(found).toMatchObject({ id: lost.volume?.id, backend: backend.kind });
    await until(async () => (await backend.instances.observe(machine)).state === "stopped", "the machine is stopped");

    const input = adoptVolumeInput.parse({ id: found.id, name: "found again" });
    const { workspace, operation } = await adoptVolume(deps, actor, input);
    await harness.succeeded(operation);
    expect(await sentinels.found(await harness.filesOf(workspace))).toEqual(sentinels.planted);
    expect((await backend.instances.observe(machine)).state).toBe("absent");

    // The sweep has found all of this installation's volumes, and none of the other installation's.
    expect(await listVolumes(deps, actor, {})).toHaveLength(1);
    expect((await other.instances.observe(foreign)).state).toBe("running");
    expect(await other.volumes.list()).toEqual([foreign.volumeId]);
  });
});
