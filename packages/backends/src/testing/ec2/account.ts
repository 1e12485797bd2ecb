import {
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  type Instance,
  paginateDescribeInstances,
  type Volume,
} from "@aws-sdk/client-ec2";
import { TAG, tagOf } from "../../ec2/names.ts";
import type { Ec2Simulator } from "./simulator.ts";

/** What the account itself lists, bypassing the backend and all injected faults. */
export interface AccountListing {
  /** Every instance ever created, because moto keeps terminated ones. */
  machines: { instanceId: string; incarnationId: string | null; workspaceId: string | null; state: string }[];
  /** EBS volumes with the tag of a data volume; excludes the instances' own disks. */
  volumes: { ebsId: string; volumeId: string }[];
}

export async function listAccount({ client }: Ec2Simulator): Promise<AccountListing> {
  const instances: Instance[] = [];
  for await (const { Reservations } of paginateDescribeInstances({ client }, { MaxResults: 1000 })) {
    instances.push(...(Reservations ?? []).flatMap(({ Instances }) => Instances ?? []));
  }
  const { Volumes } = await client.send(new DescribeVolumesCommand({}));
  return {
    machines: instances.map(({ InstanceId = "", State, Tags }) => ({
      instanceId: InstanceId,
      incarnationId: tagOf(Tags, TAG.incarnation),
      workspaceId: tagOf(Tags, TAG.workspace),
      state: State?.Name ?? "pending",
    })),
    volumes: (Volumes ?? []).flatMap(({ VolumeId = "", Tags }) => {
      const volumeId = tagOf(Tags, TAG.volume);
      return volumeId === null ? [] : [{ ebsId: VolumeId, volumeId }];
    }),
  };
}

/** Everything left in the account: instances, volumes other than store markers, and snapshots. */
export async function listLeftovers(simulator: Ec2Simulator): Promise<string[]> {
  const { machines } = await listAccount(simulator);
  const { Volumes } = await simulator.client.send(new DescribeVolumesCommand({}));
  const { Snapshots } = await simulator.client.send(
    new DescribeSnapshotsCommand({ Filters: [{ Name: "tag-key", Values: [TAG.installation] }] }),
  );
  const marked = new Set<string | null>();
  // Each installation has one store marker; a second one would be a leak.
  const isMark = ({ Tags }: Volume) => {
    const installation = tagOf(Tags, TAG.installation);
    return tagOf(Tags, TAG.store) !== null && !marked.has(installation) && marked.add(installation);
  };
  return [
    ...machines.filter(({ state }) => state !== "terminated").map(({ instanceId }) => instanceId),
    ...(Volumes ?? [])
      .filter((volume) => !isMark(volume))
      .map(
        ({ VolumeId = "", Tags = [] }) => `${VolumeId} (${Tags.map(({ Key, Value }) => `${Key}=${Value}`).join(", ")})`,
      ),
    ...(Snapshots ?? []).map(({ SnapshotId = "" }) => SnapshotId),
  ];
}
