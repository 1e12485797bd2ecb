import { randomBytes } from "node:crypto";
import { DescribeVolumesCommand } from "@aws-sdk/client-ec2";
import { bundleDaemon } from "@berth/daemon";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bringOnline, newSpec, newVolume, provisionOptions } from "../testing/contract-harness.ts";
import { type Ec2Harness, openEc2Harness } from "../testing/ec2/harness.ts";
import { findEc2HarnessForTests } from "../testing/ec2/require-ec2-harness.ts";
import { enrolmentToken } from "./enrolment.ts";
import { TAG } from "./names.ts";

const { path: bundlePath, companions, version } = await bundleDaemon();
const daemon = { bundlePath, companions, version, nodePath: process.execPath };
const found = await findEc2HarnessForTests(process.env);
const LONG = 300_000;

describe.skipIf(found.reason !== null)("an EC2 instance at boot", () => {
  let harness: Ec2Harness;
  beforeAll(async () => {
    harness = await openEc2Harness({ daemon, environment: process.env });
  });
  afterAll(() => harness?.[Symbol.asyncDispose]());

  const stepsOf = (incarnationId: string): string[] =>
    harness.home.steps.filter((each) => each.incarnationId === incarnationId).map(({ message }) => message);

  test("reports each step of its boot", async () => {
    const spec = newSpec({ volumeId: await newVolume(harness.backend) });
    await bringOnline(harness, spec);
    expect(stepsOf(spec.incarnationId)).toEqual([
      expect.stringMatching(/^Waiting for the data volume vol-/),
      "The data volume is blank: making a file system.",
      expect.stringMatching(/^Mounted the data volume vol-/),
      "Fetching the daemon.",
      "Starting the daemon.",
    ]);
    await harness.backend.instances.destroy(spec);
  });

  test("repeats its enrolment when the response is lost", async () => {
    const spec = newSpec();
    harness.home.loseEnrolments(2);
    expect((await (await bringOnline(harness, spec)).status()).incarnationId).toBe(spec.incarnationId);
    const { text } = await harness.backend.instances.bootLog(spec, 65_536);
    expect(text.match(/has not let this machine in yet/g)).toHaveLength(2);
    await harness.backend.instances.destroy(spec);
  });

  test("discards an interrupted download and fetches it again", async () => {
    const spec = newSpec();
    harness.home.cutDownloads(2);
    expect((await (await bringOnline(harness, spec)).status()).incarnationId).toBe(spec.incarnationId);
    const { text } = await harness.backend.instances.bootLog(spec, 65_536);
    expect(text.match(/Could not fetch the bundle/g)).toHaveLength(2);
    await harness.backend.instances.destroy(spec);
  });

  test("shuts down with a reason when another instance has used its token", async () => {
    const spec = newSpec();
    harness.tunnel.expect(spec);
    const stolen = await fetch(`${harness.home.url}/daemon/${spec.incarnationId}/enrolment`, {
      method: "POST",
      headers: { authorization: `Bearer ${enrolmentToken(spec.enrolmentKey, 1)}` },
      body: "f".repeat(64),
    });
    expect(stolen.status).toBe(204);
    await harness.backend.instances.provision(spec, provisionOptions());
    await expect
      .poll(async () => (await harness.backend.instances.observe(spec)).state, { timeout: 30_000 })
      .toBe("stopped");
    const { text } = await harness.backend.instances.bootLog(spec, 65_536);
    expect(text).toContain("Another machine has used this machine's token. Restart the workspace");
    expect(harness.tunnel.isConnected(spec.incarnationId)).toBe(false);
    await harness.backend.instances.destroy(spec);
  });

  test("leaves a volume with unknown content unchanged and says so", async () => {
    const spec = newSpec({ volumeId: await newVolume(harness.backend) });
    const Filters = [{ Name: `tag:${TAG.volume}`, Values: [spec.volumeId ?? ""] }];
    const [data] = (await harness.simulator.client.send(new DescribeVolumesCommand({ Filters }))).Volumes ?? [];
    const bytes = randomBytes(4096);
    await harness.simulator.writeDisk(data?.VolumeId ?? "", 100_000, bytes);
    harness.tunnel.expect(spec);
    await harness.backend.instances.provision(spec, provisionOptions());
    await expect
      .poll(async () => (await harness.backend.instances.observe(spec)).state, { timeout: 30_000 })
      .toBe("stopped");
    expect((await harness.backend.instances.bootLog(spec, 65_536)).text).toContain("It was left unchanged.");
    expect(await harness.simulator.readDisk(data?.VolumeId ?? "", 100_000, bytes.length)).toEqual(bytes);
    await harness.backend.instances.destroy(spec);
  });

  test("is awaited when it boots slowly, and observable when it never boots", async () => {
    harness.simulator.delayBoots(2_000);
    const slow = newSpec({ volumeId: await newVolume(harness.backend) });
    expect((await (await bringOnline(harness, slow)).status()).incarnationId).toBe(slow.incarnationId);
    harness.simulator.delayBoots(0);
    await harness.backend.instances.destroy(slow);

    harness.simulator.failBoots(1);
    const dead = newSpec();
    harness.tunnel.expect(dead);
    await harness.backend.instances.provision(dead, provisionOptions());
    expect(await harness.backend.instances.observe(dead)).toEqual({ state: "running", reason: null });
    expect((await harness.backend.instances.bootLog(dead, 1000)).text).toBe("");
    await harness.backend.instances.destroy(dead);
    expect(await harness.machinesOf(dead.incarnationId)).toEqual([]);
  });
});

describe.skipIf(found.reason !== null)("an EC2 instance whose AMI has no Node", () => {
  test(
    "downloads Node and runs the workspace",
    async () => {
      await using harness = await openEc2Harness({ daemon, environment: process.env, nodePath: null });
      const spec = newSpec();
      const files = await bringOnline(harness, spec);
      expect((await files.status()).incarnationId).toBe(spec.incarnationId);
      expect((await harness.backend.instances.bootLog(spec, 65_536)).text).toContain("This machine has no Node 24");
      await harness.backend.instances.destroy(spec);
    },
    LONG,
  );
});
