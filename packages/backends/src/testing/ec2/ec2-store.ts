import { createHash, randomBytes, randomUUID } from "node:crypto";
import {
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeVolumesCommand,
  EC2Client,
  type Tag,
  type Volume,
} from "@aws-sdk/client-ec2";
import { TAG, tagOf, tags } from "../../ec2/names.ts";
import type { DaemonProgram } from "../../options.ts";
import type { TestStore } from "../stores/test-store.ts";
import { DENIED } from "./front.ts";
import { openEc2Harness } from "./harness.ts";
import { SIMULATOR_CREDENTIALS, SIMULATOR_REGION } from "./simulator.ts";

const OTHER_REGION = "us-west-2";
const PLANTED_BYTES = 100_000;
/** Beyond the part of a disk that Berth checks to recognise a blank one. */
const PLANTED_AT = 64 * 1024 ** 2;
const CHANGES = ["CreateVolume", "DeleteVolume", "CreateTags", "AttachVolume", "RunInstances"];

interface CopiedVolume {
  tags: Tag[];
  bytes: Buffer;
}

/** The EC2 backend with an account that can be unreachable, another region, refuse changes, or lose volumes. */
export async function openEc2Store(daemon: DaemonProgram, environment: NodeJS.ProcessEnv): Promise<TestStore> {
  const harness = await openEc2Harness({ daemon, environment });
  const { simulator, front, installationId } = harness;
  const listed = async (key: string): Promise<Volume[]> => {
    const Filters = [
      { Name: `tag:${TAG.installation}`, Values: [installationId] },
      { Name: "tag-key", Values: [key] },
    ];
    return (await simulator.client.send(new DescribeVolumesCommand({ Filters }))).Volumes ?? [];
  };
  const unattached = async () => (await listed(TAG.volume)).filter(({ Attachments }) => !Attachments?.length);
  const ebsIdOf = async (volumeId: string): Promise<string | null> =>
    (await listed(TAG.volume)).find(({ Tags }) => tagOf(Tags, TAG.volume) === volumeId)?.VolumeId ?? null;
  const read = (ebsId: string) => simulator.readDisk(ebsId, PLANTED_AT, PLANTED_BYTES);
  const make = async (client: EC2Client, region: string, Tags: Tag[]): Promise<string> => {
    const TagSpecifications = [{ ResourceType: "volume" as const, Tags }];
    const command = new CreateVolumeCommand({ AvailabilityZone: `${region}a`, Size: 1, TagSpecifications });
    return (await client.send(command)).VolumeId ?? "";
  };
  const remove = ({ VolumeId }: Volume) => simulator.client.send(new DeleteVolumeCommand({ VolumeId }));
  const behave = async () => front.behave();

  async function copyUnattached(): Promise<CopiedVolume[]> {
    const volumes = await unattached();
    return Promise.all(
      volumes.map(async ({ VolumeId = "", Tags = [] }) => ({ tags: Tags, bytes: await read(VolumeId) })),
    );
  }

  /** Creates new volumes with the old tags and bytes, as a restore from snapshots does. */
  async function putBack(copied: readonly CopiedVolume[]): Promise<void> {
    for (const volume of await unattached()) await remove(volume);
    for (const { tags: Tags, bytes } of copied) {
      await simulator.writeDisk(await make(simulator.client, SIMULATOR_REGION, Tags), PLANTED_AT, bytes);
    }
  }

  return {
    ...{ backend: harness.backend, tunnel: harness.tunnel, reopen: () => harness.make({}) },
    async plant(volumeId) {
      const ebsId = (await ebsIdOf(volumeId)) ?? "";
      await simulator.writeDisk(ebsId, PLANTED_AT, randomBytes(PLANTED_BYTES));
    },
    async checksum(volumeId) {
      const ebsId = await ebsIdOf(volumeId);
      return ebsId === null
        ? null
        : createHash("sha256")
            .update(await read(ebsId))
            .digest("hex");
    },
    async unmount() {
      front.becomeUnreachable();
      return behave;
    },
    async swap() {
      const endpoint = harness.moto.url;
      const client = new EC2Client({ region: OTHER_REGION, endpoint, credentials: SIMULATOR_CREDENTIALS });
      await make(client, OTHER_REGION, tags({ [TAG.installation]: installationId, [TAG.store]: randomUUID() }));
      client.destroy();
      front.respondFrom(OTHER_REGION);
      return behave;
    },
    async unmark() {
      const marks = await listed(TAG.store);
      for (const mark of marks) await remove(mark);
      return async () => {
        for (const { Tags = [] } of marks) await make(simulator.client, SIMULATOR_REGION, Tags);
      };
    },
    async makeReadOnly() {
      for (const action of CHANGES) front.fail(action, DENIED, Number.POSITIVE_INFINITY);
      return behave;
    },
    async losePart(volumeId) {
      const ebsId = (await ebsIdOf(volumeId)) ?? "";
      front.brokenVolumes.add(ebsId);
      return async () => void front.brokenVolumes.delete(ebsId);
    },
    async copy() {
      const older = await copyUnattached();
      return async () => {
        const newer = await copyUnattached();
        await putBack(older);
        return () => putBack(newer);
      };
    },
    [Symbol.asyncDispose]: () => harness[Symbol.asyncDispose](),
  };
}
