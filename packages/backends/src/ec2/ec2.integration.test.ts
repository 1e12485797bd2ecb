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
import { bringOnline, calm, newSpec, newVolume, orderFor, problem } from "../testing/contract-bench.ts";
import { type Ec2Bench, openEc2Bench } from "../testing/ec2/bench.ts";
import { BROKEN, THROTTLED } from "../testing/ec2/front.ts";
import { findEc2BenchForTests } from "../testing/ec2/require-ec2-bench.ts";
import { seeded } from "../testing/seeded.ts";
import { type DaemonFiles, Sentinels } from "../testing/tunnel-bench.ts";
import { TAG } from "./names.ts";

const bundle = await bundleDaemon();
const daemon = {
  bundlePath: bundle.path,
  companions: bundle.companions,
  version: bundle.version,
  nodePath: process.execPath,
};
const found = await findEc2BenchForTests(process.env);
const LONG = 300_000;

describe.skipIf(found.reason !== null)("the EC2 backend", () => {
  let bench: Ec2Bench;
  beforeAll(async () => {
    bench = await openEc2Bench({ daemon, environment: process.env });
  });
  afterEach(() => bench.front.behave());
  afterAll(() => bench?.[Symbol.asyncDispose]());

  const instanceOf = async ({ incarnationId }: InstanceSpec) => {
    const [id = ""] = await bench.machinesOf(incarnationId);
    const { Reservations } = await bench.world.client.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
    return { id, instance: Reservations?.[0]?.Instances?.[0] };
  };
  const nextOf = (spec: InstanceSpec): InstanceSpec =>
    newSpec({ workspaceId: spec.workspaceId, volumeId: spec.volumeId, generation: spec.generation + 1 });
  const volumesOf = async (volumeId: string) => {
    const Filters = [{ Name: `tag:${TAG.volume}`, Values: [volumeId] }];
    return (await bench.world.client.send(new DescribeVolumesCommand({ Filters }))).Volumes ?? [];
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
    const spec = newSpec({ volumeId: await newVolume(bench.backend) });
    await bringOnline(bench, spec);
    const { id, instance } = await instanceOf(spec);
    expect(instance?.MetadataOptions).toMatchObject({ HttpTokens: "required", HttpPutResponseHopLimit: 1 });
    const asked = new DescribeInstanceAttributeCommand({
      InstanceId: id,
      Attribute: "instanceInitiatedShutdownBehavior",
    });
    const { InstanceInitiatedShutdownBehavior } = await bench.world.client.send(asked);
    expect(InstanceInitiatedShutdownBehavior?.Value).toBe("stop");
    const [data] = await volumesOf(spec.volumeId ?? "");
    expect(data).toMatchObject({ Encrypted: true, VolumeType: "gp3" });
    const kept = Object.fromEntries(
      (instance?.BlockDeviceMappings ?? []).map(({ Ebs }) => [Ebs?.VolumeId, Ebs?.DeleteOnTermination]),
    );
    // The AMI says false for its own disk, which would leave a disk behind for every instance.
    expect(kept).toEqual({
      [data?.VolumeId ?? ""]: false,
      [Object.keys(kept).find((each) => each !== data?.VolumeId) ?? ""]: true,
    });
    const tags = Object.fromEntries((instance?.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
    expect(tags).toMatchObject({
      [TAG.installation]: bench.installationId,
      [TAG.workspace]: spec.workspaceId,
      [TAG.incarnation]: spec.incarnationId,
      [TAG.generation]: "1",
      [TAG.purpose]: "workspace",
      [TAG.volume]: spec.volumeId,
    });
    expect(tags[TAG.volume]).toBe(spec.volumeId);
    await bench.backend.instances.destroy(spec);
  });

  test("logs each start and stop of an instance once", async () => {
    const spec = newSpec({ volumeId: await newVolume(bench.backend) });
    await bringOnline(bench, spec);
    await bench.backend.instances.provision(spec, calm());
    const { id: instanceId } = await instanceOf(spec);
    await bench.backend.instances.stop(spec);
    await bench.backend.instances.stop(spec);
    await bench.backend.instances.start(spec, spec.boot.tunnelToken);
    await bench.backend.instances.destroy(spec);
    await bench.backend.instances.destroy(spec);
    const { workspaceId, incarnationId } = spec;
    const told = bench.logged.filter((record) => record.incarnationId === incarnationId);
    const started = { evt: "provision.ec2_started", workspaceId, incarnationId, generation: 1, instanceId };
    const stopped = { evt: "provision.ec2_stopped", workspaceId, incarnationId, instanceId };
    expect(told).toEqual([
      { ...started, state: "running", instanceType: expect.stringMatching(/^[a-z0-9-]+\.[a-z0-9-]+$/) },
      stopped,
      { ...started, state: "stopped", instanceType: null },
      stopped,
    ]);
  });

  test(
    "keeps a file tree through twenty restarts and leaves one instance",
    async () => {
      let spec = newSpec({ volumeId: await newVolume(bench.backend) });
      const tree = await plantTree(await bringOnline(bench, spec));
      for (let restart = 1; restart <= 20; restart += 1) {
        const next = nextOf(spec);
        await bench.backend.instances.destroy(spec);
        const files = await bringOnline(bench, next);
        expect(await readTree(files, Object.keys(tree))).toEqual(tree);
        spec = next;
      }
      const mine = (await bench.listed()).filter(({ workspaceId }) => workspaceId === spec.workspaceId);
      expect(mine).toEqual([expect.objectContaining({ incarnationId: spec.incarnationId })]);
      expect(await volumesOf(spec.volumeId ?? "")).toHaveLength(1);
      await bench.backend.instances.destroy(spec);
    },
    LONG,
  );

  test("starts no second instance when the answer to the first request is lost", async () => {
    const spec = newSpec({ volumeId: await newVolume(bench.backend) });
    bench.tunnel.expect(spec);
    // Covers this request and the client's own retries.
    bench.front.fail("RunInstances", "lost", 3);
    bench.front.hideNew(1_500);
    const lost = problem({ code: "backend_unavailable", retryable: true });
    await expect(bench.backend.instances.provision(spec, calm())).rejects.toEqual(lost);
    await bench.replica.instances.provision(spec, calm());
    await bench.tunnel.daemon(spec.incarnationId);
    expect(await bench.machinesOf(spec.incarnationId)).toHaveLength(1);
    await bench.backend.instances.destroy(spec);
  });

  test("creates no second volume when the answer to the first request is lost", async () => {
    const { volumeId } = { volumeId: crypto.randomUUID() };
    bench.front.fail("CreateVolume", "lost", 3);
    bench.front.hideNew(1_500);
    await expect(bench.backend.volumes.create(volumeId)).rejects.toEqual(
      problem({ code: "backend_unavailable", retryable: true }),
    );
    await bench.replica.volumes.create(volumeId);
    expect(await volumesOf(volumeId)).toHaveLength(1);
  });

  test("reports an instance that AWS terminated as absent, and starts another with the same data", async () => {
    const spec = newSpec({ volumeId: await newVolume(bench.backend) });
    const sentinels = await Sentinels.plant(await bringOnline(bench, spec), "/workspace");
    bench.world.terminate((await instanceOf(spec)).id);
    await expect
      .poll(async () => (await bench.backend.instances.observe(spec)).state, { timeout: 30_000 })
      .toBe("absent");
    expect((await bench.backend.volumes.observe(spec.volumeId ?? "")).presence).toBe("present");
    const next = nextOf(spec);
    expect(await sentinels.found(await bringOnline(bench, next))).toEqual(sentinels.planted);
    await bench.backend.instances.destroy(next);
  });

  test(
    "survives a failure rate of 30 percent with at most one instance and without leftovers",
    async () => {
      const volumeId = crypto.randomUUID();
      const random = seeded(4);
      bench.front.misbehave({ errorRate: 0.3, delayMsMax: 50, random });
      bench.front.hideNew(400);
      await patiently(() => bench.backend.volumes.create(volumeId));
      let spec = newSpec({ volumeId });
      let tree: Record<string, string> | null = null;
      const stopAndStart = async (ref: InstanceSpec) => {
        await patiently(() => bench.backend.instances.stop(ref));
        await expect.poll(() => bench.tunnel.isConnected(ref.incarnationId), { timeout: 10_000 }).toBe(false);
        await patiently(() => bench.backend.instances.start(ref, ref.boot.tunnelToken));
      };
      for (let round = 0; round < 6; round += 1) {
        bench.tunnel.expect(spec);
        await patiently(() => bench.backend.instances.provision(spec, calm()));
        const files = await bench.tunnel.daemon(spec.incarnationId);
        tree ??= await plantTree(files);
        expect(await readTree(files, Object.keys(tree))).toEqual(tree);
        if (random() < 0.5) await stopAndStart(spec);
        expect(await readTree(await bench.tunnel.daemon(spec.incarnationId), Object.keys(tree))).toEqual(tree);
        expect(await bench.machinesOf(spec.incarnationId)).toHaveLength(1);
        await patiently(() => bench.backend.instances.destroy(spec));
        expect(await bench.machinesOf(spec.incarnationId)).toEqual([]);
        spec = nextOf(spec);
      }
      expect(await volumesOf(volumeId)).toHaveLength(1);
      const order = orderFor(volumeId, bench.backend);
      await patiently(() => bench.backend.eraser.erase(order));
      await expect
        .poll(async () => (await bench.backend.eraser.proveAbsent(order)).presence, { timeout: 20_000 })
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
    bench.front.fail("DescribeInstances", how, 6);
    const away = problem({ code: "backend_unavailable", retryable: true });
    await expect(bench.backend.instances.list()).rejects.toEqual(away);
    expect((await bench.backend.instances.observe(spec)).state).toBe("unknown");
  });

  test("shares one listing between concurrent observers", async () => {
    await bench.backend.instances.list();
    const before = bench.front.calls.get("DescribeInstances") ?? 0;
    await Promise.all(Array.from({ length: 50 }, () => bench.backend.instances.observe(newSpec())));
    expect((bench.front.calls.get("DescribeInstances") ?? 0) - before).toBeLessThanOrEqual(2);
  });

  test("does not start on a deleted volume", async () => {
    const spec = newSpec({ volumeId: await newVolume(bench.backend) });
    const [data] = await volumesOf(spec.volumeId ?? "");
    await bench.world.client.send(new DeleteVolumeCommand({ VolumeId: data?.VolumeId ?? "" }));
    await expect(bench.backend.instances.provision(spec, calm())).rejects.toEqual(problem({ code: "not_found" }));
    expect(await bench.machinesOf(spec.incarnationId)).toEqual([]);
  });

  test("refuses another installation's volume and a second instance on one volume", async () => {
    const volumeId = await newVolume(bench.backend);
    const holder = newSpec({ volumeId });
    await bringOnline(bench, holder);
    const second = newSpec({ volumeId });
    await expect(bench.backend.instances.provision(second, calm())).rejects.toEqual(
      problem({ code: "operation_in_progress", retryable: true }),
    );
    await expect(bench.other.instances.provision(newSpec({ volumeId }), calm())).rejects.toEqual(
      problem({ code: "not_found" }),
    );
    expect((await bench.backend.instances.observe(holder)).state).toBe("running");
    for (const each of [second, holder]) await bench.backend.instances.destroy(each);
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
