import { randomUUID } from "node:crypto";
import {
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeSubnetsCommand,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import type { Backend, IncarnationRef, InstanceSpec } from "../../backend.ts";
import { createEc2Backend } from "../../ec2/index.ts";
import { TAG, tagOf, tags } from "../../ec2/names.ts";
import type { Ec2BackendOptions } from "../../ec2/options.ts";
import type { BackendLogRecord, DaemonProgram } from "../../options.ts";
import { type ContractSubject, claimStore, removeEverything } from "../contract-harness.ts";
import { TunnelHarness } from "../tunnel-harness.ts";
import { listAccount } from "./account.ts";
import { openEnrolmentServer } from "./enrolment-server.ts";
import { Ec2Front } from "./front.ts";
import { type MotoServer, startMoto } from "./moto-server.ts";
import { Ec2Simulator, LIVE, SIMULATOR_CREDENTIALS, SIMULATOR_REGION } from "./simulator.ts";

export interface Ec2HarnessOptions {
  daemon: DaemonProgram;
  environment: NodeJS.ProcessEnv;
  /** Null: the AMI has no Node, so instances download it. */
  nodePath?: string | null;
  options?: Partial<Ec2BackendOptions>;
}

/** A separate AWS account: moto, the machines that back its instances, and a proxy that injects faults. */
export async function openAwsHarness({
  environment,
  nodePath,
}: {
  environment: NodeJS.ProcessEnv;
  nodePath: string | null;
}) {
  const moto: MotoServer = await startMoto(environment);
  const simulator = await Ec2Simulator.open({ endpoint: moto.url, nodePath });
  const front = await Ec2Front.open(moto.url, simulator);
  const [amiId, subnetId] = await Promise.all([anAmi(simulator), aSubnet(simulator)]);
  return {
    ...{ moto, simulator, front, amiId, subnetId },
    region: SIMULATOR_REGION,
    credentials: SIMULATOR_CREDENTIALS,
    /** Instances that moto lists as not terminated. */
    async listed() {
      const { Reservations } = await simulator.client.send(
        new DescribeInstancesCommand({ Filters: LIVE, MaxResults: 1000 }),
      );
      return (Reservations ?? [])
        .flatMap(({ Instances }) => Instances ?? [])
        .map(({ InstanceId = "", Tags }) => ({
          instanceId: InstanceId,
          incarnationId: tagOf(Tags, TAG.incarnation),
          workspaceId: tagOf(Tags, TAG.workspace),
        }));
    },
    async [Symbol.asyncDispose]() {
      await front[Symbol.asyncDispose]();
      await simulator[Symbol.asyncDispose]();
      await moto[Symbol.asyncDispose]();
    },
  };
}

/** Two installations on one moto, with machines that really boot. Disposal removes everything. */
export async function openEc2Harness({ daemon, environment, nodePath = daemon.nodePath, options }: Ec2HarnessOptions) {
  const aws = await openAwsHarness({ environment, nodePath });
  const { moto, simulator, front, amiId, subnetId, listed } = aws;
  const tunnel = await TunnelHarness.open();
  const home = await openEnrolmentServer(tunnel, daemon);
  const logged: BackendLogRecord[] = [];
  const common: Ec2BackendOptions = {
    installationId: randomUUID(),
    dataDirectory: "/nowhere",
    tunnel: { socketPath: tunnel.socketPath, url: `${home.url.replace("http", "ws")}/tunnel` },
    daemon,
    log: (record) => void logged.push(record),
    region: SIMULATOR_REGION,
    ...{ amiId, subnetId },
    publicUrl: home.url,
    defaultDiskGb: 1,
    client: { endpoint: front.url, credentials: SIMULATOR_CREDENTIALS },
    timings: { pollMs: 150, visibleWithinMs: 2_000, waitMsMax: 60_000 },
    ...options,
  };
  const make = (changes: Partial<Ec2BackendOptions>) => createEc2Backend({ ...common, ...changes });
  const otherId = randomUUID();
  const [backend, replica, other] = [make({}), make({}), make({ installationId: otherId })];
  const unreachable = make({ client: { endpoint: "http://127.0.0.1:1", credentials: SIMULATOR_CREDENTIALS } });
  const [unmarked, swapped] = [make({ installationId: randomUUID() }), make({})];
  await claimStore(backend, replica, other);
  for (const each of [unreachable, unmarked, swapped]) each.store.expect(randomUUID());

  const machinesOf = async (incarnationId: string) =>
    (await listed()).filter((each) => each.incarnationId === incarnationId).map(({ instanceId }) => instanceId);
  return {
    ...{ backend, replica, other, tunnel, moto, front, simulator, logged, make, listed, machinesOf },
    installationId: common.installationId,
    home,
    ...{ unreachable, unmarked, swapped },
    /** Acts like a second request with another client token. */
    async startTwin(spec: InstanceSpec) {
      simulator.failBoots(1);
      const Tags = tags({ [TAG.installation]: common.installationId, [TAG.incarnation]: spec.incarnationId });
      const TagSpecifications = [{ ResourceType: "instance" as const, Tags }];
      await simulator.client.send(
        new RunInstancesCommand({ MinCount: 1, MaxCount: 1, ImageId: amiId, SubnetId: subnetId, TagSpecifications }),
      );
    },
    instanceFolder: () => "",
    async losePart(volumeId: string) {
      const { volumes } = await listAccount(simulator);
      for (const each of volumes) if (each.volumeId === volumeId) front.brokenVolumes.add(each.ebsId);
    },
    async kill({ incarnationId }: IncarnationRef) {
      for (const id of await machinesOf(incarnationId)) await simulator.machines.get(id)?.crash();
    },
    async [Symbol.asyncDispose]() {
      front.behave();
      for (const each of [backend, other] satisfies Backend[]) await removeEverything(each);
      await home[Symbol.asyncDispose]();
      await tunnel[Symbol.asyncDispose]();
      await aws[Symbol.asyncDispose]();
    },
  };
}

export type Ec2Harness = Awaited<ReturnType<typeof openEc2Harness>>;

export const ec2Subject = (options: Ec2HarnessOptions): ContractSubject => ({
  name: "ec2",
  kind: "ec2",
  open: () => openEc2Harness(options),
});

async function anAmi({ client }: Ec2Simulator): Promise<string> {
  const { Images } = await client.send(new DescribeImagesCommand({}));
  const image = Images?.find(
    ({ RootDeviceName, Platform }) => RootDeviceName === "/dev/sda1" && Platform === undefined,
  );
  return image?.ImageId ?? "";
}

async function aSubnet({ client }: Ec2Simulator): Promise<string> {
  const { Subnets } = await client.send(new DescribeSubnetsCommand({}));
  return Subnets?.find(({ AvailabilityZone }) => AvailabilityZone === `${SIMULATOR_REGION}a`)?.SubnetId ?? "";
}
