import {
  CreateTagsCommand,
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeVolumesCommand,
  type EC2Client,
  paginateDescribeTags,
} from "@aws-sdk/client-ec2";
import {
  DEFAULT_DISK_GB,
  type EraseOrder,
  formatManifest,
  KeyedLock,
  parseManifest,
  type VolumeManifest,
} from "@berth/domain";
import type {
  SurveyedVolume,
  VolumeBackend,
  VolumeEraser,
  VolumeObservation,
  VolumeOptions,
  VolumePresence,
} from "../backend.ts";
import { assertId } from "../ids.ts";
import { unavailable, unknownVolume, volumeInUse, volumeNotFound } from "../problems.ts";
import type { Attachments } from "./attachments.ts";
import { callAws, isNotFound } from "./aws-problem.ts";
import { checkUsable, type DescribedVolume, type Ec2Inventory } from "./inventory.ts";
import { TAG, tagOf, tags, volumeToken } from "./names.ts";
import type { Ec2BackendOptions, Ec2Timings } from "./options.ts";
import type { Ec2Placement } from "./placement.ts";
import { RecentlyCreated } from "./recently-created.ts";
import { waitFor } from "./wait.ts";

const ATTEMPTS_MAX = 8;

export interface Ec2Parts {
  client: EC2Client;
  inventory: Ec2Inventory;
  placement: Ec2Placement;
  attachments: Attachments;
  options: Ec2BackendOptions;
  timings: Ec2Timings;
}

export class Ec2Volumes implements VolumeBackend {
  readonly #parts: Ec2Parts;
  readonly #made: RecentlyCreated;
  readonly #lock = new KeyedLock();

  constructor(parts: Ec2Parts) {
    this.#parts = parts;
    this.#made = new RecentlyCreated(parts.timings);
  }

  async create(volumeId: string, { sizeGb }: VolumeOptions = {}): Promise<void> {
    assertId(volumeId, "volume id");
    await this.#lock.run(volumeId, () =>
      callAws(async () => {
        const there = await this.#parts.inventory.volumesOf(volumeId);
        if (there.length > 0) return there.forEach(checkUsable);
        for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
          const made = await this.#made.during(volumeId, () => this.#make(volumeId, sizeGb, attempt));
          if (await this.#becameVisible(volumeId, made)) return this.#made.settled(volumeId);
        }
        throw unavailable("EC2 still lists data volumes that it has deleted. Berth retries.");
      }),
    );
  }

  async #make(volumeId: string, sizeGb: number | undefined, attempt: number): Promise<{ createdAt: Date }> {
    const { client, placement, options } = this.#parts;
    const { zone } = await placement.get();
    const values = {
      Name: `berth data ${volumeId}`,
      [TAG.installation]: options.installationId,
      [TAG.volume]: volumeId,
    };
    const { CreateTime } = await client.send(
      new CreateVolumeCommand({
        ClientToken: volumeToken(volumeId, attempt),
        AvailabilityZone: zone,
        Size: sizeGb ?? options.defaultDiskGb ?? DEFAULT_DISK_GB,
        VolumeType: "gp3",
        Encrypted: true,
        TagSpecifications: [{ ResourceType: "volume", Tags: tags(values) }],
      }),
    );
    return { createdAt: CreateTime ?? new Date() };
  }

  /** @returns false when the token belongs to a volume that was deleted since then. */
  #becameVisible(volumeId: string, { createdAt }: { createdAt: Date }): Promise<boolean> {
    const { inventory, timings } = this.#parts;
    const lookingSince = performance.now();
    // AWS reports whole seconds. Both must have passed: a volume that is considered deleted too early would get a
    // duplicate.
    const isOld = () => Date.now() - createdAt.getTime() > timings.visibleWithinMs + 1_000;
    const isLookedFor = () => performance.now() - lookingSince > timings.visibleWithinMs / 2;
    return waitFor(
      async () => {
        const [volume] = await inventory.volumesOf(volumeId);
        if (volume) checkUsable(volume);
        if (volume) return volume.state === "creating" ? null : true;
        return isOld() && isLookedFor() ? false : null;
      },
      { timings, until: "listed the new data volume" },
    );
  }

  async observe(volumeId: string): Promise<VolumeObservation> {
    try {
      const volumes = await callAws(() => this.#parts.inventory.volumesOf(volumeId));
      if (volumes.length === 0 && this.#made.mayAppear(volumeId)) throw notVisibleYet();
      const missingParts = missingOf(volumes);
      if (volumes.length === 0) return { presence: "absent", missingParts, reason: null };
      return { presence: missingParts.length === 0 ? "present" : "partial", missingParts, reason: null };
    } catch (error) {
      return unknownVolume(error);
    }
  }

  async list(): Promise<string[]> {
    const volumes = await callAws(() => this.#parts.inventory.volumes());
    return [...new Set(volumes.map(({ volumeId }) => volumeId))];
  }

  async survey(): Promise<ReadonlyMap<string, SurveyedVolume>> {
    const volumes = await callAws(() => this.#parts.inventory.volumes());
    const byId = Map.groupBy(volumes, ({ volumeId }) => volumeId);
    return new Map(
      [...byId].map(([id, each]) => [
        id,
        { missingParts: missingOf(each), manifest: parseManifest(each[0]?.manifest ?? "") },
      ]),
    );
  }

  async writeManifest(volumeId: string, manifest: VolumeManifest): Promise<void> {
    const { client, inventory, timings } = this.#parts;
    const Value = formatManifest(manifest);
    await callAws(async () => {
      const Resources = (await inventory.volumesOf(volumeId)).map(({ ebsId }) => ebsId);
      if (Resources.length === 0) throw this.#made.mayAppear(volumeId) ? notVisibleYet() : volumeNotFound();
      await client.send(new CreateTagsCommand({ Resources, Tags: [{ Key: TAG.manifest, Value }] }));
      const isShown = async () =>
        (await inventory.volumesOf(volumeId)).every((each) => each.manifest === Value) || null;
      await waitFor(isShown, { timings, until: "listed the new tag of the data volume" });
    });
  }

  /** Only an instance can read the volume. */
  async changedSince(): Promise<null> {
    return null;
  }
}

/** An EBS volume in state `error` holds no readable data. */
const missingOf = (volumes: readonly DescribedVolume[]): string[] =>
  volumes.filter(({ state }) => state === "error").map(({ ebsId }) => `${ebsId} (in the state "error")`);

const notVisibleYet = () => unavailable("The data volume was requested from EC2 a moment ago and is not visible yet.");

export class Ec2Eraser implements VolumeEraser {
  readonly #parts: Ec2Parts;

  constructor(parts: Ec2Parts) {
    this.#parts = parts;
  }

  /** Deletes every EBS volume with this id, because an order covers the data and not just one copy. */
  async erase({ volumeId }: EraseOrder): Promise<void> {
    const { inventory, attachments } = this.#parts;
    await callAws(async () => {
      const volumes = await inventory.volumesOf(volumeId);
      for (const volume of volumes) {
        const holder = await attachments.holderOf(volume);
        if (holder) throw volumeInUse(holder.incarnationId);
      }
      for (const volume of volumes) await this.#delete(volume);
    });
  }

  async #delete({ ebsId }: DescribedVolume): Promise<void> {
    const { client, inventory, timings } = this.#parts;
    await client.send(new DeleteVolumeCommand({ VolumeId: ebsId })).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
    const poll = async () => ((await inventory.volumes()).some((each) => each.ebsId === ebsId) ? null : true);
    await waitFor(poll, { timings, until: "deleted the data volume" });
  }

  /** Reads the tag index and then each volume by its own id, whereas `erase` uses the listing. */
  async proveAbsent({ volumeId }: EraseOrder): Promise<{ presence: VolumePresence; method: string }> {
    const method = "EC2 DescribeTags for the volume's tag, then DescribeVolumes by id";
    try {
      const ids = await this.#taggedIds(volumeId);
      const found = await Promise.all(ids.map((id) => this.#isOurs(id)));
      return { presence: found.includes(true) ? "present" : "absent", method };
    } catch {
      return { presence: "unknown", method };
    }
  }

  async #taggedIds(volumeId: string): Promise<string[]> {
    const { client } = this.#parts;
    const Filters = [
      { Name: "resource-type", Values: ["volume"] },
      { Name: "key", Values: [TAG.volume] },
      { Name: "value", Values: [volumeId] },
    ];
    const ids: string[] = [];
    for await (const { Tags } of paginateDescribeTags({ client }, { Filters })) {
      ids.push(...(Tags ?? []).flatMap(({ ResourceId }) => ResourceId ?? []));
    }
    return ids;
  }

  async #isOurs(ebsId: string): Promise<boolean> {
    const { client, options } = this.#parts;
    try {
      const { Volumes } = await client.send(new DescribeVolumesCommand({ VolumeIds: [ebsId] }));
      return (Volumes ?? []).some(
        ({ Tags, State }) => State !== "deleted" && tagOf(Tags, TAG.installation) === options.installationId,
      );
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }
}
