import { bundleDaemon } from "@berth/daemon";
import { describe } from "vitest";
import { describeContract } from "../testing/contract.ts";
import { ec2Subject } from "../testing/ec2/bench.ts";
import { findEc2BenchForTests } from "../testing/ec2/require-ec2-bench.ts";

const bundle = await bundleDaemon();
const daemon = {
  bundlePath: bundle.path,
  companions: bundle.companions,
  version: bundle.version,
  nodePath: process.execPath,
};
const found = await findEc2BenchForTests(process.env);

describe.skipIf(found.reason !== null)("on machines that really boot,", () =>
  describeContract(ec2Subject({ daemon, environment: process.env })),
);
