import { randomUUID } from "node:crypto";
import { TIER_LIMITS } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { newSpec } from "../testing/contract-harness.ts";
import { instanceTypeOf, launchInput } from "./launch.ts";
import type { Ec2BackendOptions } from "./options.ts";

const options: Ec2BackendOptions = {
  installationId: randomUUID(),
  dataDirectory: "/nowhere",
  tunnel: { socketPath: "/nowhere", url: "wss://berth.example/tunnel" },
  daemon: { bundlePath: "/nowhere", version: "1", nodePath: "/nowhere" },
  log: () => {},
  region: "eu-central-1",
  amiId: "ami-1",
  subnetId: "subnet-1",
  publicUrl: "https://berth.example",
};
const context = {
  zone: "eu-central-1a",
  disks: [
    { device: "/dev/xvda", sizeGb: 8, isRoot: true },
    { device: "/dev/sdb", sizeGb: 40, isRoot: false },
  ],
  ebsId: null,
  attempt: 1,
};

describe("the launch request of an instance", () => {
  test("is the same for the same incarnation, and the next attempt changes only its tokens", () => {
    const spec = newSpec();
    const first = launchInput(spec, options, context);
    expect(launchInput(structuredClone(spec), options, context)).toEqual(first);
    const second = launchInput(spec, options, { ...context, attempt: 2 });
    const ofAttempt = { ClientToken: "", UserData: "" };
    expect({ ...second, ...ofAttempt }).toEqual({ ...first, ...ofAttempt });
    expect(second.ClientToken).not.toBe(first.ClientToken);
    expect(second.UserData).not.toBe(first.UserData);
    // AWS accepts at most 64 characters.
    expect(second.ClientToken?.length).toBeLessThanOrEqual(64);
  });

  test("encrypts every disk of the AMI and deletes it on termination", () => {
    const { BlockDeviceMappings } = launchInput(newSpec(), options, context);
    expect(BlockDeviceMappings).toHaveLength(2);
    for (const { Ebs } of BlockDeviceMappings ?? [])
      expect(Ebs).toMatchObject({ DeleteOnTermination: true, Encrypted: true });
  });

  test("sizes the root disk as requested when the data is on it, and never below the AMI's size", () => {
    const rootGb = (spec: Parameters<typeof launchInput>[0], ebsId: string | null = null) =>
      launchInput(spec, options, { ...context, ebsId }).BlockDeviceMappings?.[0]?.Ebs?.VolumeSize;
    expect(rootGb(newSpec({ diskGb: 100 }))).toBe(100);
    expect(rootGb(newSpec({ diskGb: 1 }))).toBe(8);
    expect(rootGb(newSpec({ diskGb: 100, volumeId: randomUUID() }), "vol-1")).toBe(8);
  });

  test("tags the instance, its disks and its network interface", () => {
    const { TagSpecifications } = launchInput(newSpec(), options, context);
    expect(TagSpecifications?.map(({ ResourceType }) => ResourceType)).toEqual([
      "instance",
      "volume",
      "network-interface",
    ]);
    for (const { Tags } of TagSpecifications ?? []) {
      expect(Tags).toContainEqual({ Key: "berth:installation", Value: options.installationId });
    }
    // An instance's own disk never has the tag of a data volume, which would make it erasable.
    expect(TagSpecifications?.[1]?.Tags?.map(({ Key }) => Key)).not.toContain("berth:volume");
  });

  test("uses the workspace's instance type, then the operator's, then the smallest that fits the tier", () => {
    const { limits } = newSpec({ limits: TIER_LIMITS[4] });
    expect(instanceTypeOf({ limits, instanceType: "m7i.large" }, { instanceType: "t3.nano" })).toBe("m7i.large");
    expect(instanceTypeOf({ limits }, { instanceType: "t3.nano" })).toBe("t3.nano");
    expect(instanceTypeOf({ limits }, {})).toBe("t3.xlarge");
    expect(() => instanceTypeOf({ limits: { ...limits, cpus: 500 } }, {})).toThrow(/compute\.instanceType/);
  });
});
