import { createHash, randomBytes } from "node:crypto";
import {
  DeleteVolumeCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeVolumesCommand,
} from "@aws-sdk/client-ec2";
import { bundleDaemon } from "@berth/daemon";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { InstanceSpec } from "../backend.ts";
import { bringOnline, newSpec, newVolume, orderFor, problem, provisionOptions } from "../testing/contract-harness.ts";
import { BROKEN, THROTTLED } from "../testing/ec2/front.ts";
import { type Ec2Harness, openEc2Harness } from "../testing/ec2/harness.ts";
import { findEc2HarnessForTests } from "../testing/ec2/require-ec2-harness.ts";
import { seeded } from "../testing/seeded.ts";
import { type DaemonFiles, Sentinels } from "../testing/tunnel-harness.ts";
import { TAG } from "./names.ts";

const bundle = await bundleDaemon();
const daemon = {
  bundlePath: bundle.path,
  companions: bundle.companions,
  version: bundle.version,
  nodePath: process.execPath,
};
const found = await findEc2HarnessForTests(process.env);
const LONG = 300_000;

describe.skipIf(found.reason !== null)("the EC2 backend", () => {
  let harness: Ec2Harness;
  beforeAll(async () => {
    harness = await openEc2Harness({ daemon, environment: process.env });
  });
  afterEach(() => harness.front.behave());
  afterAll(() => harness?.[Symbol.asyncDispose]());

  const instanceOf = async ({ incarnationId }: InstanceSpec) => {
    const [id = ""] = await harness.machinesOf(incarnationId);
    const { Reservations } = await harness.simulator.client.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
    return { id, instance: Reservations?.[0]?.Instances?.[0] };
  };
  const nextOf = (spec: InstanceSpec): InstanceSpec =>
    newSpec({ workspaceId: spec.workspaceId, volumeId: spec.volumeId, generation: spec.generation + 1 });
  const volumesOf = async (volumeId: string) => {
    const Filters = [{ Name: `tag:${TAG.volume}`, Values: [volumeId] }];
    return (await harness.simulator.client.send(new DescribeVolumesCommand({ Filters }))).Volumes ?? [];
  };
  /** Retries like the reconciler while the problem is retryable. */
  const patiently = async <T>(call: () => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await call();
      } catch (error) {
        const { retryable } = (error as { problem?: { retryable: boolean } }).problem ?? { retryable: false };
        if (!retryable || attempt === 60) throw error;
      }
    }
  };

  test("creates an instance with private metadata, stop on shutdown, and its own disks deleted on termination", async () => {
    const spec = newSpec({ volumeId: await newVolume(harness.backend) });
    await bringOnline(harness, spec);
    const { id, instance } = await instanceOf(spec);
    expect(instance?.MetadataOptions).toMatchObject({ HttpTokens: "required", HttpPutResponseHopLimit: 1 });
    const asked = new DescribeInstanceAttributeCommand({
      InstanceId: id,
      Attribute: "instanceInitiatedShutdownBehavior",
    });
    const { InstanceInitiatedShutdownBehavior } = await harness.simulator.client.send(asked);
    expect(InstanceInitiatedShutdownBehavior?.Value).toBe("stop");
    const [data] = await volumesOf(spec.volumeId ?? "");
    expect(data).toMatchObject({ Encrypted: true, VolumeType: "gp3" });
    const kept = Object.fromEntries(
      (instance?.BlockDeviceMappings ?? []).map(({ Ebs }) => [Ebs?.VolumeId, Ebs?.DeleteOnTermination]),
    );
    // The AMI sets this to false for its own disk, which would leave a disk behind for every instance.
    expect(kept).toEqual({
      [data?.VolumeId ?? ""]: false,
      [Object.keys(kept).find((each) => each !== data?.VolumeId) ?? ""]: true,
    });
    const tags = Object.fromEntries((instance?.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
    expect(tags).toMatchObject({
      [TAG.installation]: harness.installationId,
      [TAG.workspace]: spec.workspaceId,
      [TAG.incarnation]: spec.incarnationId,
      [TAG.generation]: "1",
      [TAG.purpose]: "workspace",
      [TAG.volume]: spec.volumeId,
    });
    expect(tags[TAG.volume]).toBe(spec.volumeId);
    await harness.backend.instances.destroy(spec);
  });

  test("logs each start and stop of an instance once", async () => {
    const spec = newSpec({ volumeId: await newVolume(harness.backend) });
    await bringOnline(harness, spec);
    await harness.backend.instances.provision(spec, provisionOptions());
    const { id: instanceId } = await instanceOf(spec);
    await harness.backend.instances.stop(spec);
    await harness.backend.instances.stop(spec);
    await harness.backend.instances.start(spec, spec.boot.tunnelToken);
    await harness.backend.instances.destroy(spec);
    await harness.backend.instances.destroy(spec);
    const { workspaceId, incarnationId } = spec;
    const records = harness.logged.filter((record) => record.incarnationId === incarnationId);
    const started = { evt: "provision.ec2_started", workspaceId, incarnationId, generation: 1, instanceId };
    const stopped = { evt: "provision.ec2_stopped", workspaceId, incarnationId, instanceId };
    expect(records).toEqual([
      { ...started, state: "running", instanceType: expect.stringMatching(/^[a-z0-9-]+\.[a-z0-9-]+$/) },
      stopped,
      { ...started, state: "stopped", instanceType: null },
      stopped,
    ]);
  });

  test(
    "keeps a file tree through twenty restarts and leaves one instance",
    async () => {
      let spec = newSpec({ volumeId: await newVolume(harness.backend) });
      const tree = await plantTree(await bringOnline(harness, spec));
      for (let restart = 1; restart <= 20; restart += 1) {
        const next = nextOf(spec);
        await harness.backend.instances.destroy(spec);
        const files = await bringOnline(harness, next);
        expect(await readTree(files, Object.keys(tree))).toEqual(tree);
        spec = next;
      }
      const mine = (await harness.listed()).filter(({ workspaceId }) => workspaceId === spec.workspaceId);
      expect(mine).toEqual([expect.objectContaining({ incarnationId: spec.incarnationId })]);
      expect(await volumesOf(spec.volumeId ?? "")).toHaveLength(1);
      await harness.backend.instances.destroy(spec);
    },
    LONG,
  );

  test("starts no second instance when the response to the first request is lost", async () => {
    const spec = newSpec({ volumeId: await newVolume(harness.backend) });
    harness.tunnel.expect(spec);
    // Covers this request and the client's own retries.
    harness.front.fail("RunInstances", "lost", 3);
    harness.front.hideNew(1_500);
    const lost = problem({ code: "backend_unavailable", retryable: true });
    await expect(harness.backend.instances.provision(spec, provisionOptions())).rejects.toEqual(lost);
    await harness.replica.instances.provision(spec, provisionOptions());
    await harness.tunnel.daemon(spec.incarnationId);
    expect(await harness.machinesOf(spec.incarnationId)).toHaveLength(1);
    await harness.backend.instances.destroy(spec);
  });

  test("starts another instance when one that has ended used the same token with other parameters", async () => {
    const spec = newSpec({ volumeId: await newVolume(harness.backend) });
    harness.front.fail("RunInstances", "lost", 3);
    await expect(harness.backend.instances.provision(spec, provisionOptions())).rejects.toMatchObject({
      problem: { code: "backend_unavailable" },
    });
    const [ended = ""] = await harness.machinesOf(spec.incarnationId);
    harness.simulator.terminate(ended);
    await expect.poll(() => harness.machinesOf(spec.incarnationId), { timeout: 30_000 }).toEqual([]);
    // As after an upgrade or a change of the settings.
    await bringOnline(harness, { ...spec, instanceType: "t3.large" });
    expect(await harness.machinesOf(spec.incarnationId)).toEqual([expect.not.stringMatching(ended)]);
    await harness.backend.instances.destroy(spec);
  });

  test("creates no second volume when the response to the first request is lost", async () => {
    const { volumeId } = { volumeId: crypto.randomUUID() };
    harness.front.fail("CreateVolume", "lost", 3);
    harness.front.hideNew(1_500);
    await expect(harness.backend.volumes.create(volumeId)).rejects.toEqual(
      problem({ code: "backend_unavailable", retryable: true }),
    );
    await harness.replica.volumes.create(volumeId);
    expect(await volumesOf(volumeId)).toHaveLength(1);
  });

  test("reports an instance that AWS terminated as absent, and starts another with the same data", async () => {
    const spec = newSpec({ volumeId: await newVolume(harness.backend) });
    const sentinels = await Sentinels.plant(await bringOnline(harness, spec), "/workspace");
    harness.simulator.terminate((await instanceOf(spec)).id);
    await expect
      .poll(async () => (await harness.backend.instances.observe(spec)).state, { timeout: 30_000 })
      .toBe("absent");
    expect((await harness.backend.volumes.observe(spec.volumeId ?? "")).presence).toBe("present");
    const next = nextOf(spec);
    expect(await sentinels.found(await bringOnline(harness, next))).toEqual(sentinels.planted);
    await harness.backend.instances.destroy(next);
  });

  test(
    "survives a failure rate of 30 percent with at most one instance and without leftovers",
    async () => {
      const volumeId = crypto.randomUUID();
      const random = seeded(4);
      harness.front.misbehave({ errorRate: 0.3, delayMsMax: 50, random });
      harness.front.hideNew(400);
      await patiently(() => harness.backend.volumes.create(volumeId));
      let spec = newSpec({ volumeId });
      let tree: Record<string, string> | null = null;
      const stopAndStart = async (ref: InstanceSpec) => {
        await patiently(() => harness.backend.instances.stop(ref));
        await expect.poll(() => harness.tunnel.isConnected(ref.incarnationId), { timeout: 10_000 }).toBe(false);
        await patiently(() => harness.backend.instances.start(ref, ref.boot.tunnelToken));
      };
      for (let round = 0; round < 6; round += 1) {
        harness.tunnel.expect(spec);
        await patiently(() => harness.backend.instances.provision(spec, provisionOptions()));
        const files = await harness.tunnel.daemon(spec.incarnationId);
        tree ??= await plantTree(files);
        expect(await readTree(files, Object.keys(tree))).toEqual(tree);
        if (random() < 0.5) await stopAndStart(spec);
        expect(await readTree(await harness.tunnel.daemon(spec.incarnationId), Object.keys(tree))).toEqual(tree);
        expect(await harness.machinesOf(spec.incarnationId)).toHaveLength(1);
        await patiently(() => harness.backend.instances.destroy(spec));
        expect(await harness.machinesOf(spec.incarnationId)).toEqual([]);
        spec = nextOf(spec);
      }
      expect(await volumesOf(volumeId)).toHaveLength(1);
      const order = orderFor(volumeId, harness.backend);
      await patiently(() => harness.backend.eraser.erase(order));
      await expect
        .poll(async () => (await harness.backend.eraser.proveAbsent(order)).presence, { timeout: 20_000 })
        .toBe("absent");
      expect(await volumesOf(volumeId)).toEqual([]);
    },
    LONG,
  );

  test.each([
    ["throttled", THROTTLED],
    ["broken", BROKEN],
  ])("reports a %s EC2 as retryable and instances as unknown", async (_, how) => {
    const spec = newSpec();
    harness.front.fail("DescribeInstances", how, 6);
    const unavailable = problem({ code: "backend_unavailable", retryable: true });
    await expect(harness.backend.instances.list()).rejects.toEqual(unavailable);
    expect((await harness.backend.instances.observe(spec)).state).toBe("unknown");
  });

  test("shares one listing between concurrent observers", async () => {
    await harness.backend.instances.list();
    const before = harness.front.calls.get("DescribeInstances") ?? 0;
    await Promise.all(Array.from({ length: 50 }, () => harness.backend.instances.observe(newSpec())));
    expect((harness.front.calls.get("DescribeInstances") ?? 0) - before).toBeLessThanOrEqual(2);
  });

  test("does not start on a deleted volume", async () => {
    const spec = newSpec({ volumeId: await newVolume(harness.backend) });
    const [data] = await volumesOf(spec.volumeId ?? "");
    await harness.simulator.client.send(new DeleteVolumeCommand({ VolumeId: data?.VolumeId ?? "" }));
    await expect(harness.backend.instances.provision(spec, provisionOptions())).rejects.toEqual(
      problem({ code: "not_found" }),
    );
    expect(await harness.machinesOf(spec.incarnationId)).toEqual([]);
  });

  test("refuses another installation's volume and a second instance on one volume", async () => {
    const volumeId = await newVolume(harness.backend);
    const holder = newSpec({ volumeId });
    await bringOnline(harness, holder);
    const second = newSpec({ volumeId });
    await expect(harness.backend.instances.provision(second, provisionOptions())).rejects.toEqual(
      problem({ code: "operation_in_progress", retryable: true }),
    );
    await expect(harness.other.instances.provision(newSpec({ volumeId }), provisionOptions())).rejects.toEqual(
      problem({ code: "not_found" }),
    );
    expect((await harness.backend.instances.observe(holder)).state).toBe("running");
    for (const each of [second, holder]) await harness.backend.instances.destroy(each);
  });
});

const TREE = 24;

async function plantTree(files: DaemonFiles): Promise<Record<string, string>> {
  const tree: Record<string, string> = {};
  for (let index = 0; index < TREE; index += 1) {
    const bytes = randomBytes(1 + index * 997);
    const at = `/depth-${index % 3}/wïth spaces ${index}.bin`;
    await files.write("/workspace", at, bytes);
    tree[at] = sha256(bytes);
  }
  return tree;
}

async function readTree(files: DaemonFiles, paths: readonly string[]): Promise<Record<string, string>> {
  const tree: Record<string, string> = {};
  for (const at of paths) tree[at] = sha256(await files.read("/workspace", at));
  return tree;
}

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
