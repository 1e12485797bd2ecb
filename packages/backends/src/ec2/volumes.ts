import {
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeTagsCommand,
  DescribeVolumesCommand,
  type EC2Client,
} from "@aws-sdk/client-ec2";
import { DEFAULT_DISK_GB, type EraseOrder } from "@berth/domain";
import type { VolumeBackend, VolumeEraser, VolumeOptions, VolumePresence } from "../backend.ts";
import { assertId } from "../ids.ts";
import { KeyedLock } from "../keyed-lock.ts";
import { unavailable, volumeInUse } from "../problems.ts";
import type { Attachments } from "./attachments.ts";
import { askAws, isGone } from "./aws-problem.ts";
import type { Ec2Ground } from "./ground.ts";
import { TAG, tagOf, tags, volumeToken } from "./names.ts";
import type { Ec2BackendOptions, Ec2Pace } from "./options.ts";
import { RecentlyMade } from "./recently-made.ts";
import { checkUsable, type Ec2Sight, type SeenVolume } from "./sight.ts";
import { waitFor } from "./wait.ts";

const ATTEMPTS_MAX = 8;

export interface Ec2Parts {
  client: EC2Client;
  sight: Ec2Sight;
  ground: Ec2Ground;
  attachments: Attachments;
  options: Ec2BackendOptions;
  pace: Ec2Pace;
}

export class Ec2Volumes implements VolumeBackend {
  readonly #parts: Ec2Parts;
  readonly #made: RecentlyMade;
  readonly #lock = new KeyedLock();

  constructor(parts: Ec2Parts) {
    this.#parts = parts;
    this.#made = new RecentlyMade(parts.pace);
  }

  async create(volumeId: string, { sizeGb }: VolumeOptions = {}): Promise<void> {
    assertId(volumeId, "volume id");
    await this.#lock.run(volumeId, () =>
      askAws(async () => {
        const there = await this.#parts.sight.volumesOf(volumeId);
        if (there.length > 0) return there.forEach(checkUsable);
        for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
          const made = await this.#made.during(volumeId, () => this.#make(volumeId, sizeGb, attempt));
          if (await this.#becameVisible(volumeId, made)) return this.#made.settled(volumeId);
        }
        throw unavailable("EC2 answers with data volumes that it has deleted. It is tried again.");
      }),
    );
  }

  async #make(volumeId: string, sizeGb: number | undefined, attempt: number): Promise<{ createdAt: Date }> {
    const { client, ground, options } = this.#parts;
    const { zone } = await ground.get();
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

  /** @returns false when the token was remembered for a volume that has been deleted since. */
  #becameVisible(volumeId: string, { createdAt }: { createdAt: Date }): Promise<boolean> {
    const { sight, pace } = this.#parts;
    const lookingSince = performance.now();
    // AWS says whole seconds. Both must have passed: a volume taken for deleted too early would get a twin.
    const isOld = () => Date.now() - createdAt.getTime() > pace.visibleWithinMs + 1_000;
    const isLookedFor = () => performance.now() - lookingSince > pace.visibleWithinMs / 2;
    return waitFor(
      async () => {
        const [volume] = await sight.volumesOf(volumeId);
        if (volume) checkUsable(volume);
        if (volume) return volume.state === "creating" ? null : true;
        return isOld() && isLookedFor() ? false : null;
      },
      { pace, until: "shown the new data volume" },
    );
  }

  async observe(volumeId: string): Promise<VolumePresence> {
    try {
      if ((await this.#parts.sight.volumesOf(volumeId)).length > 0) return "present";
      return this.#made.mayAppear(volumeId) ? "unknown" : "absent";
    } catch {
      return "unknown";
    }
  }

  async list(): Promise<string[]> {
    const volumes = await askAws(() => this.#parts.sight.volumes());
    return [...new Set(volumes.map(({ volumeId }) => volumeId))];
  }
}

export class Ec2Eraser implements VolumeEraser {
  readonly #parts: Ec2Parts;

  constructor(parts: Ec2Parts) {
    this.#parts = parts;
  }

  /** Every volume that carries the id: an order is for the data, not for one copy of it. */
  async erase({ volumeId }: EraseOrder): Promise<void> {
    const { sight, attachments } = this.#parts;
    await askAws(async () => {
      const volumes = await sight.volumesOf(volumeId);
      for (const volume of volumes) {
        const holder = await attachments.holderOf(volume);
        if (holder) throw volumeInUse(holder.incarnationId);
      }
      for (const volume of volumes) await this.#delete(volume);
    });
  }

  async #delete({ ebsId }: SeenVolume): Promise<void> {
    const { client, sight, pace } = this.#parts;
    await client.send(new DeleteVolumeCommand({ VolumeId: ebsId })).catch((error: unknown) => {
      if (!isGone(error)) throw error;
    });
    const look = async () => ((await sight.volumes()).some((each) => each.ebsId === ebsId) ? null : true);
    await waitFor(look, { pace, until: "deleted the data volume" });
  }

  /** Through the register of tags, and then each volume it names by its own id; erasing went by the listing. */
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
    let NextToken: string | undefined;
    do {
      const page = await client.send(new DescribeTagsCommand({ Filters, ...(NextToken ? { NextToken } : {}) }));
      ids.push(...(page.Tags ?? []).flatMap(({ ResourceId }) => ResourceId ?? []));
      NextToken = page.NextToken;
    } while (NextToken);
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
      if (isGone(error)) return false;
      throw error;
    }
  }
}
