import {
  AttachVolumeCommand,
  DetachVolumeCommand,
  type EC2Client,
  ModifyInstanceAttributeCommand,
  StopInstancesCommand,
} from "@aws-sdk/client-ec2";
import { DomainError } from "@berth/domain";
import { volumeInUse, volumeNotFound } from "../problems.ts";
import { type DescribedInstance, type DescribedVolume, type Ec2Inventory, isEnding } from "./inventory.ts";
import { DATA_DEVICE } from "./names.ts";
import type { Ec2Timings } from "./options.ts";
import { waitFor } from "./wait.ts";

interface Claim {
  instance: DescribedInstance;
  volumeId: string;
  signal?: AbortSignal | undefined;
}

/**
 * Attaches data volumes to instances. An EBS volume is attached to one instance at a time, so a claim may have to
 * detach it from another one.
 */
export class Attachments {
  readonly #client: EC2Client;
  readonly #inventory: Ec2Inventory;
  readonly #timings: Ec2Timings;

  constructor(client: EC2Client, inventory: Ec2Inventory, timings: Ec2Timings) {
    this.#client = client;
    this.#inventory = inventory;
    this.#timings = timings;
  }

  /**
   * @throws DomainError `not_found` when the volume is missing, `operation_in_progress` when its current instance may
   * keep it.
   */
  async attach(claim: Claim): Promise<void> {
    await waitFor(() => this.#step(claim), {
      timings: this.#timings,
      until: "attached the data volume",
      signal: claim.signal,
    });
  }

  /** Takes the next step. Returns true once the volume is attached and survives termination of the instance. */
  async #step({ instance, volumeId }: Claim): Promise<true | null> {
    const volume = onlyOne(await this.#inventory.volumesOf(volumeId), volumeId);
    if (volume === null) throw volumeNotFound();
    const [holder] = volume.holders;
    if (holder === undefined) {
      if (volume.state !== "available") return null;
      await this.#client.send(
        new AttachVolumeCommand({ VolumeId: volume.ebsId, InstanceId: instance.instanceId, Device: DATA_DEVICE }),
      );
      return null;
    }
    if (holder.instanceId !== instance.instanceId) return this.#take(volume, holder.instanceId, instance);
    return holder.state === "attached" ? this.#keepOnTermination(instance.instanceId, volume.ebsId) : null;
  }

  /** Sets the flag and then verifies it, because an AMI or an operator may have set it differently. */
  async #keepOnTermination(instanceId: string, ebsId: string): Promise<true | null> {
    const instance = (await this.#inventory.instances()).find((each) => each.instanceId === instanceId);
    const device = instance?.devices.find((each) => each.ebsId === ebsId);
    if (!device) return null;
    await this.#client.send(
      new ModifyInstanceAttributeCommand({
        InstanceId: instanceId,
        BlockDeviceMappings: [{ DeviceName: device.device, Ebs: { DeleteOnTermination: false } }],
      }),
    );
    const after = (await this.#inventory.instances()).find((each) => each.instanceId === instanceId);
    return after?.devices.find((each) => each.ebsId === ebsId)?.deleteOnTermination === false ? true : null;
  }

  /**
   * Detaches the volume from a stopped instance. Stops an older instance of the same workspace first, so that its
   * programs finish their writes. The older instance is kept, because its log may still be needed.
   */
  async #take(volume: DescribedVolume, holderId: string, claimant: DescribedInstance): Promise<null> {
    const holder = (await this.#inventory.instances()).find((each) => each.instanceId === holderId);
    // The instance is shutting down or is not ours: wait for AWS to detach the volume.
    if (!holder || isEnding(holder) || holder.state === "stopping") return null;
    if (!mayTake(claimant, holder)) throw volumeInUse(holder.incarnationId);
    if (holder.state === "stopped") {
      await this.#client.send(new DetachVolumeCommand({ VolumeId: volume.ebsId, InstanceId: holderId }));
    } else {
      await this.#client.send(new StopInstancesCommand({ InstanceIds: [holderId] }));
    }
    return null;
  }

  /** Resolves when none of these instances still holds its data volume. */
  async waitUntilFree(ended: readonly DescribedInstance[]): Promise<void> {
    const ids = new Set(ended.map(({ instanceId }) => instanceId));
    const volumeIds = new Set(ended.flatMap(({ volumeId }) => volumeId ?? []));
    if (volumeIds.size === 0) return;
    const poll = async () => {
      const volumes = (await this.#inventory.volumes()).filter(({ volumeId }) => volumeIds.has(volumeId));
      const isHeld = ({ holders, state }: DescribedVolume) =>
        holders.length === 0 ? state === "in-use" : holders.some(({ instanceId }) => ids.has(instanceId));
      return volumes.some(isHeld) ? null : true;
    };
    await waitFor(poll, { timings: this.#timings, until: "detached the data volume" });
  }

  /** The instance that holds the volume, running or stopped; null when the volume is free. */
  async holderOf(volume: DescribedVolume): Promise<{ incarnationId: string | null } | null> {
    const [holder] = volume.holders;
    if (holder === undefined) return volume.state === "in-use" ? { incarnationId: null } : null;
    const instances = await this.#inventory.instances();
    const instance = instances.find((each) => each.instanceId === holder.instanceId);
    return { incarnationId: instance?.incarnationId ?? null };
  }
}

const mayTake = (claimant: DescribedInstance, holder: DescribedInstance): boolean =>
  claimant.workspaceId === holder.workspaceId &&
  (holder.state === "stopped" || holder.generation < claimant.generation || holder.purpose === "browse");

/** Does not guess which of two volumes contains the data: a person decides. */
export function onlyOne(found: readonly DescribedVolume[], volumeId: string): DescribedVolume | null {
  if (found.length <= 1) return found[0] ?? null;
  const ids = found.map(({ ebsId }) => ebsId).join(", ");
  throw new DomainError(
    "invalid_input",
    `More than one EBS volume carries the tag of data volume ${volumeId}: ${ids}. Remove the tag from all but the right one.`,
  );
}
