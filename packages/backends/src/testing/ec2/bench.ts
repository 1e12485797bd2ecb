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
import { type ContractSubject, claimStore, removeEverything } from "../contract-bench.ts";
import { TunnelBench } from "../tunnel-bench.ts";
import { seenByAws } from "./account.ts";
import { Ec2Front } from "./front.ts";
import { openMachineHome } from "./machine-home.ts";
import { type MotoServer, startMoto } from "./moto-server.ts";
import { BENCH_CREDENTIALS, BENCH_REGION, Ec2World, LIVE } from "./world.ts";

export interface Ec2BenchOptions {
  daemon: DaemonProgram;
  environment: NodeJS.ProcessEnv;
  /** Null: the AMI has no Node, so instances download it. */
  nodePath?: string | null;
  options?: Partial<Ec2BackendOptions>;
}

/** A separate AWS account: moto, the machines that back its instances, and a proxy that injects faults. */
export async function openAwsBench({
  environment,
  nodePath,
}: {
  environment: NodeJS.ProcessEnv;
  nodePath: string | null;
}) {
  const moto: MotoServer = await startMoto(environment);
  const world = await Ec2World.open({ endpoint: moto.url, nodePath });
  const front = await Ec2Front.open(moto.url, world);
  const [amiId, subnetId] = await Promise.all([anAmi(world), aSubnet(world)]);
  return {
    ...{ moto, world, front, amiId, subnetId },
    region: BENCH_REGION,
    credentials: BENCH_CREDENTIALS,
    /** Instances that moto lists as not terminated. */
    async listed() {
      const { Reservations } = await world.client.send(
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
      await world[Symbol.asyncDispose]();
      await moto[Symbol.asyncDispose]();
    },
  };
}

/** Two installations on one moto, with machines that really boot. Disposal removes everything. */
export async function openEc2Bench({ daemon, environment, nodePath = daemon.nodePath, options }: Ec2BenchOptions) {
  const aws = await openAwsBench({ environment, nodePath });
  const { moto, world, front, amiId, subnetId, listed } = aws;
  const tunnel = await TunnelBench.open();
  const home = await openMachineHome(tunnel, daemon);
  const logged: BackendLogRecord[] = [];
  const common: Ec2BackendOptions = {
    installationId: randomUUID(),
    dataDirectory: "/nowhere",
    tunnel: { socketPath: tunnel.socketPath, url: `${home.url.replace("http", "ws")}/tunnel` },
    daemon,
    log: (record) => void logged.push(record),
    region: BENCH_REGION,
    ...{ amiId, subnetId },
    publicUrl: home.url,
    defaultDiskGb: 1,
    client: { endpoint: front.url, credentials: BENCH_CREDENTIALS },
    pace: { pollMs: 150, visibleWithinMs: 2_000, waitMsMax: 60_000 },
    ...options,
  };
  const make = (changes: Partial<Ec2BackendOptions>) => createEc2Backend({ ...common, ...changes });
  const otherId = randomUUID();
  const [backend, replica, other] = [make({}), make({}), make({ installationId: otherId })];
  const unreachable = make({ client: { endpoint: "http://127.0.0.1:1", credentials: BENCH_CREDENTIALS } });
  const [unmarked, swapped] = [make({ installationId: randomUUID() }), make({})];
  await claimStore(backend, replica, other);
  for (const each of [unreachable, unmarked, swapped]) each.store.expect(randomUUID());

  const machinesOf = async (incarnationId: string) =>
    (await listed()).filter((each) => each.incarnationId === incarnationId).map(({ instanceId }) => instanceId);
  return {
    ...{ backend, replica, other, tunnel, moto, front, world, logged, make, listed, machinesOf },
    installationId: common.installationId,
    home,
    ...{ unreachable, unmarked, swapped },
    /** Like a second request with another client token. */
    async startTwin(spec: InstanceSpec) {
      world.failBoots(1);
      const Tags = tags({ [TAG.installation]: common.installationId, [TAG.incarnation]: spec.incarnationId });
      const TagSpecifications = [{ ResourceType: "instance" as const, Tags }];
      await world.client.send(
        new RunInstancesCommand({ MinCount: 1, MaxCount: 1, ImageId: amiId, SubnetId: subnetId, TagSpecifications }),
      );
    },
    instanceFolder: () => "",
    async losePart(volumeId: string) {
      const { volumes } = await seenByAws(world);
      for (const each of volumes) if (each.volumeId === volumeId) front.brokenVolumes.add(each.ebsId);
    },
    async kill({ incarnationId }: IncarnationRef) {
      for (const id of await machinesOf(incarnationId)) await world.machines.get(id)?.crash();
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

export type Ec2Bench = Awaited<ReturnType<typeof openEc2Bench>>;

export const ec2Subject = (options: Ec2BenchOptions): ContractSubject => ({
  name: "ec2",
  kind: "ec2",
  open: () => openEc2Bench(options),
});

async function anAmi({ client }: Ec2World): Promise<string> {
  const { Images } = await client.send(new DescribeImagesCommand({}));
  const image = Images?.find(
    ({ RootDeviceName, Platform }) => RootDeviceName === "/dev/sda1" && Platform === undefined,
  );
  return image?.ImageId ?? "";
}

async function aSubnet({ client }: Ec2World): Promise<string> {
  const { Subnets } = await client.send(new DescribeSubnetsCommand({}));
  return Subnets?.find(({ AvailabilityZone }) => AvailabilityZone === `${BENCH_REGION}a`)?.SubnetId ?? "";
}
