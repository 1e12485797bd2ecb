import {
  DescribeInstancesCommand,
  type EC2Client,
  type Instance,
  paginateDescribeInstances,
  paginateDescribeVolumes,
  type Volume,
} from "@aws-sdk/client-ec2";
import { DomainError } from "@berth/domain";
import type { InstancePurpose } from "../backend.ts";
import { Coalesced } from "./coalesced.ts";
import { TAG, tagOf } from "./names.ts";

/** An instance of this installation as listed by AWS. */
export interface DescribedInstance {
  readonly instanceId: string;
  readonly incarnationId: string;
  readonly workspaceId: string;
  readonly generation: number;
  readonly purpose: InstancePurpose;
  readonly volumeId: string | null;
  readonly state: Ec2State;
  readonly reason: string | null;
  readonly launchedAt: Date;
  readonly devices: readonly { ebsId: string; device: string; deleteOnTermination: boolean }[];
}

const LIVE_STATES = ["pending", "running", "stopping", "stopped", "shutting-down"] as const;
export type Ec2State = (typeof LIVE_STATES)[number] | "terminated";

/** The EBS volume of a data volume as listed by AWS. */
export interface DescribedVolume {
  readonly ebsId: string;
  readonly volumeId: string;
  readonly state: string;
  /** Value of the manifest tag; empty without one. */
  readonly manifest: string;
  readonly holders: readonly { instanceId: string; device: string; state: string }[];
}

/** The marker volume of the store. */
interface DescribedMarker {
  readonly ebsId: string;
  readonly storeId: string;
}

/** @throws DomainError for a volume that EC2 could not create or has lost: waiting does not fix it. */
export function checkUsable({ ebsId, state }: DescribedVolume): void {
  if (state !== "error") return;
  throw new DomainError(
    "backend_unavailable",
    `The EBS volume ${ebsId} is in the state "error": EC2 could not create it, or lost it. The EC2 console shows the reason, often an encryption key that Berth may not use.`,
    { retryable: false },
  );
}

const MARKER_CACHE_MS = 5_000;

/** The largest page size of AWS. */
const PAGE = 1000;

/**
 * Lists this installation's resources. Concurrent callers share one paged listing for any number of workspaces,
 * because AWS limits the number of calls and not the length of responses.
 */
export class Ec2Inventory {
  readonly #client: EC2Client;
  readonly #installationId: string;
  readonly #instances = new Coalesced(() => this.#listInstances());
  readonly #volumes = new Coalesced(() => this.#listVolumes());
  #lastMarker: { storeId: string; at: number } | null = null;

  constructor(client: EC2Client, installationId: string) {
    this.#client = client;
    this.#installationId = installationId;
  }

  /** Excludes terminated instances, which AWS lists for another hour. */
  instances(): Promise<readonly DescribedInstance[]> {
    return this.#instances.get();
  }

  async volumes(): Promise<readonly DescribedVolume[]> {
    return (await this.#volumes.get()).data;
  }

  /** The id of the store, by default from a listing at most five seconds old, because AWS limits calls. */
  async storeId(seenSince = performance.now() - MARKER_CACHE_MS): Promise<string | null> {
    const last = this.#lastMarker;
    if (last !== null && last.at >= seenSince) return last.storeId;
    await this.#volumes.get();
    return this.#lastMarker?.storeId ?? null;
  }

  async instancesOf(incarnationId: string): Promise<readonly DescribedInstance[]> {
    return (await this.instances()).filter((each) => each.incarnationId === incarnationId);
  }

  async volumesOf(volumeId: string): Promise<readonly DescribedVolume[]> {
    return (await this.volumes()).filter((each) => each.volumeId === volumeId);
  }

  /** Why an instance was terminated; null while it exists or is not listed. */
  async whyEnded(instanceId: string): Promise<{ reason: string | null } | null> {
    const call = new DescribeInstancesCommand({ InstanceIds: [instanceId] });
    const { Reservations } = await this.#client.send(call);
    const found = Reservations?.[0]?.Instances?.[0];
    if (!found) return null;
    const { state, reason } = toInstance(found);
    return state === "terminated" ? { reason } : null;
  }

  async #listInstances(): Promise<DescribedInstance[]> {
    const seen: DescribedInstance[] = [];
    const Filters = [
      this.#ours(),
      { Name: "tag-key", Values: [TAG.incarnation] },
      { Name: "instance-state-name", Values: [...LIVE_STATES] },
    ];
    for await (const { Reservations } of paginateDescribeInstances(
      { client: this.#client, pageSize: PAGE },
      { Filters },
    )) {
      for (const { Instances } of Reservations ?? []) seen.push(...(Instances ?? []).map(toInstance));
    }
    return seen;
  }

  async #listVolumes(): Promise<{ data: DescribedVolume[] }> {
    // The response may be older than its arrival: it must not prove which store is reachable after that.
    const at = performance.now();
    const found: Volume[] = [];
    // Includes the instances' own disks, which are filtered out below, so that one listing also shows the marker.
    const Filters = [this.#ours()];
    for await (const { Volumes } of paginateDescribeVolumes({ client: this.#client, pageSize: PAGE }, { Filters })) {
      found.push(...(Volumes ?? []));
    }
    const there = found.filter(({ State }) => State !== "deleted");
    // If two processes wrote a marker at the same time, both choose the same one.
    const [marker] = there
      .map(toMarker)
      .filter((each) => each !== null)
      .sort(byEbsId);
    this.#lastMarker = marker ? { storeId: marker.storeId, at } : null;
    return { data: there.map(toVolume).filter(({ volumeId }) => volumeId !== "") };
  }

  #ours() {
    return { Name: `tag:${TAG.installation}`, Values: [this.#installationId] };
  }
}

function toInstance(instance: Instance): DescribedInstance {
  const { Tags } = instance;
  return {
    instanceId: instance.InstanceId ?? "",
    incarnationId: tagOf(Tags, TAG.incarnation) ?? "",
    workspaceId: tagOf(Tags, TAG.workspace) ?? "",
    generation: Number(tagOf(Tags, TAG.generation)),
    purpose: tagOf(Tags, TAG.purpose) === "browse" ? "browse" : "workspace",
    volumeId: tagOf(Tags, TAG.volume),
    state: (instance.State?.Name ?? "pending") as Ec2State,
    reason: instance.StateReason?.Message || instance.StateTransitionReason || null,
    launchedAt: instance.LaunchTime ?? new Date(0),
    devices: (instance.BlockDeviceMappings ?? []).map(({ DeviceName, Ebs }) => ({
      ebsId: Ebs?.VolumeId ?? "",
      device: DeviceName ?? "",
      deleteOnTermination: Ebs?.DeleteOnTermination ?? false,
    })),
  };
}

function toMarker({ VolumeId = "", Tags }: Volume): DescribedMarker | null {
  const storeId = tagOf(Tags, TAG.store);
  return storeId === null ? null : { ebsId: VolumeId, storeId };
}

const byEbsId = (left: DescribedMarker, right: DescribedMarker): number => left.ebsId.localeCompare(right.ebsId);

const toVolume = (volume: Volume): DescribedVolume => ({
  ebsId: volume.VolumeId ?? "",
  volumeId: tagOf(volume.Tags, TAG.volume) ?? "",
  state: volume.State ?? "creating",
  manifest: tagOf(volume.Tags, TAG.manifest) ?? "",
  holders: (volume.Attachments ?? [])
    .filter(({ State }) => State !== "detached")
    .map(({ InstanceId, Device, State }) => ({
      instanceId: InstanceId ?? "",
      device: Device ?? "",
      state: State ?? "attached",
    })),
});

/** AWS is removing it, which cannot be undone. */
export const isEnding = ({ state }: DescribedInstance): boolean => state === "shutting-down" || state === "terminated";
