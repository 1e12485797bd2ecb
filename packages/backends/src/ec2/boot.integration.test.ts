import { randomBytes } from "node:crypto";
import { DescribeVolumesCommand } from "@aws-sdk/client-ec2";
import { bundleDaemon } from "@berth/daemon";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bringOnline, calm, newSpec, newVolume } from "../testing/contract-bench.ts";
import { type Ec2Bench, openEc2Bench } from "../testing/ec2/bench.ts";
import { findEc2BenchForTests } from "../testing/ec2/require-ec2-bench.ts";
import { enrolmentToken } from "./enrolment.ts";
import { TAG } from "./names.ts";

const { path: bundlePath, companions, version } = await bundleDaemon();
const daemon = { bundlePath, companions, version, nodePath: process.execPath };
const found = await findEc2BenchForTests(process.env);
const LONG = 300_000;

describe.skipIf(found.reason !== null)("an EC2 instance at boot", () => {
  let bench: Ec2Bench;
  beforeAll(async () => {
    bench = await openEc2Bench({ daemon, environment: process.env });
  });
  afterAll(() => bench?.[Symbol.asyncDispose]());

  const told = (incarnationId: string): string[] =>
    bench.home.steps.filter((each) => each.incarnationId === incarnationId).map(({ message }) => message);

  test("reports each step of its boot", async () => {
    const spec = newSpec({ volumeId: await newVolume(bench.backend) });
    await bringOnline(bench, spec);
    expect(told(spec.incarnationId)).toEqual([
      expect.stringMatching(/^Waiting for the data volume vol-/),
      "The data volume is blank: making a file system.",
      expect.stringMatching(/^Mounted the data volume vol-/),
      "Fetching the daemon.",
      "Starting the daemon.",
    ]);
    await bench.backend.instances.destroy(spec);
  });

  test("repeats its enrolment when the answer is lost", async () => {
    const spec = newSpec();
    bench.home.loseEnrolments(2);
    expect((await (await bringOnline(bench, spec)).status()).incarnationId).toBe(spec.incarnationId);
    const { text } = await bench.backend.instances.bootLog(spec, 65_536);
    expect(text.match(/has not let this machine in yet/g)).toHaveLength(2);
    await bench.backend.instances.destroy(spec);
  });

  test("discards an interrupted download and fetches it again", async () => {
    const spec = newSpec();
    bench.home.cutDownloads(2);
    expect((await (await bringOnline(bench, spec)).status()).incarnationId).toBe(spec.incarnationId);
    const { text } = await bench.backend.instances.bootLog(spec, 65_536);
    expect(text.match(/Could not fetch the bundle/g)).toHaveLength(2);
    await bench.backend.instances.destroy(spec);
  });

  test("shuts down with a reason when another instance has used its token", async () => {
    const spec = newSpec();
    bench.tunnel.expect(spec);
    const stolen = await fetch(`${bench.home.url}/daemon/${spec.incarnationId}/enrolment`, {
      method: "POST",
      headers: { authorization: `Bearer ${enrolmentToken(spec.enrolmentKey, 1)}` },
      body: "f".repeat(64),
    });
    expect(stolen.status).toBe(204);
    await bench.backend.instances.provision(spec, calm());
    await expect
      .poll(async () => (await bench.backend.instances.observe(spec)).state, { timeout: 30_000 })
      .toBe("stopped");
    const { text } = await bench.backend.instances.bootLog(spec, 65_536);
    expect(text).toContain("Another machine has used this machine's token. Restart the workspace");
    expect(bench.tunnel.isConnected(spec.incarnationId)).toBe(false);
    await bench.backend.instances.destroy(spec);
  });

  test("leaves a volume with unknown content unchanged and says so", async () => {
    const spec = newSpec({ volumeId: await newVolume(bench.backend) });
    const Filters = [{ Name: `tag:${TAG.volume}`, Values: [spec.volumeId ?? ""] }];
    const [data] = (await bench.world.client.send(new DescribeVolumesCommand({ Filters }))).Volumes ?? [];
    const bytes = randomBytes(4096);
    await bench.world.writeDisk(data?.VolumeId ?? "", 100_000, bytes);
    bench.tunnel.expect(spec);
    await bench.backend.instances.provision(spec, calm());
    await expect
      .poll(async () => (await bench.backend.instances.observe(spec)).state, { timeout: 30_000 })
      .toBe("stopped");
    expect((await bench.backend.instances.bootLog(spec, 65_536)).text).toContain("It is left as it is.");
    expect(await bench.world.readDisk(data?.VolumeId ?? "", 100_000, bytes.length)).toEqual(bytes);
    await bench.backend.instances.destroy(spec);
  });

  test("is awaited when it boots slowly, and observable when it never boots", async () => {
    bench.world.delayBoots(2_000);
    const slow = newSpec({ volumeId: await newVolume(bench.backend) });
    expect((await (await bringOnline(bench, slow)).status()).incarnationId).toBe(slow.incarnationId);
    bench.world.delayBoots(0);
    await bench.backend.instances.destroy(slow);

    bench.world.failBoots(1);
    const dead = newSpec();
    bench.tunnel.expect(dead);
    await bench.backend.instances.provision(dead, calm());
    expect(await bench.backend.instances.observe(dead)).toEqual({ state: "running", reason: null });
    expect((await bench.backend.instances.bootLog(dead, 1000)).text).toBe("");
    await bench.backend.instances.destroy(dead);
    expect(await bench.machinesOf(dead.incarnationId)).toEqual([]);
  });
});

describe.skipIf(found.reason !== null)("an EC2 instance whose AMI has no Node", () => {
  test(
    "downloads Node and runs the workspace",
    async () => {
      await using bench = await openEc2Bench({ daemon, environment: process.env, nodePath: null });
      const spec = newSpec();
      const files = await bringOnline(bench, spec);
      expect((await files.status()).incarnationId).toBe(spec.incarnationId);
      expect((await bench.backend.instances.bootLog(spec, 65_536)).text).toContain("This machine has no Node 24");
      await bench.backend.instances.destroy(spec);
    },
    LONG,
  );
});
