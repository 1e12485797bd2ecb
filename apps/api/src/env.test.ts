import { describe, expect, test } from "vitest";
import { EnvError, readEnv } from "./env.ts";

const place = {
  AWS_REGION: "eu-central-1",
  BERTH_EC2_AMI: "ami-0123abcd",
  BERTH_EC2_SUBNET_ID: "subnet-0123abcd",
  BERTH_PUBLIC_URL: "https://berth.example/",
};
const ec2 = (source: Record<string, string>) => readEnv(source, "/repository").ec2;

describe("the settings of EC2", () => {
  test("are required together", () => {
    expect(ec2({})).toBeNull();
    // A region alone is allowed, because other tools use it too.
    expect(ec2({ AWS_REGION: "eu-central-1" })).toBeNull();
    expect(ec2(place)).toEqual({
      region: "eu-central-1",
      amiId: "ami-0123abcd",
      subnetId: "subnet-0123abcd",
      publicUrl: "https://berth.example",
      securityGroupIds: [],
      instanceType: null,
    });
  });

  test("accept a list of security groups and an instance type", () => {
    const more = { BERTH_EC2_SECURITY_GROUP_IDS: "sg-01, sg-02", BERTH_EC2_INSTANCE_TYPE: "m7i.large" };
    expect(ec2({ ...place, ...more })).toMatchObject({
      securityGroupIds: ["sg-01", "sg-02"],
      instanceType: "m7i.large",
    });
  });

  test.each(["AWS_REGION", "BERTH_EC2_AMI", "BERTH_EC2_SUBNET_ID", "BERTH_PUBLIC_URL"] as const)(
    "report a missing %s",
    (missing) => {
      const { [missing]: _, ...rest } = place;
      expect(() => ec2(rest)).toThrow(EnvError);
      expect(() => ec2(rest)).toThrow(`  ${missing}: EC2 also requires it`);
    },
  );

  test("report all problems of all kinds in one message", () => {
    const wrong = () => ec2({ PORT: "none", BERTH_EC2_AMI: "ami", BERTH_OWNER_TOKEN: "short" });
    const names = [
      "PORT",
      "BERTH_EC2_AMI",
      "BERTH_OWNER_TOKEN",
      "AWS_REGION",
      "BERTH_EC2_SUBNET_ID",
      "BERTH_PUBLIC_URL",
    ];
    for (const name of names) expect(wrong).toThrow(`  ${name}: `);
  });

  test.each([
    { BERTH_EC2_AMI: "ami" },
    { BERTH_EC2_SUBNET_ID: "vpc-1" },
    { BERTH_EC2_SECURITY_GROUP_IDS: "default" },
    { BERTH_EC2_INSTANCE_TYPE: "large" },
  ])("reject %j without repeating the value", (wrong) => {
    expect(() => ec2({ ...place, ...wrong })).toThrow(EnvError);
    expect(() => ec2({ ...place, ...wrong })).toThrow(Object.keys(wrong)[0] ?? "");
  });
});

test("a setting that is not UTF-8 is reported by name", () => {
  // How Node decodes the bytes 2f e9.
  expect(() => readEnv({ BERTH_DATA_DIR: "/\ufffd" }, "/repository")).toThrow("  BERTH_DATA_DIR: contains bytes");
  expect(() => readEnv({ SOMETHING_ELSE: "/\ufffd" }, "/repository")).not.toThrow();
});
