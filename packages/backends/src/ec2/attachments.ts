import {
  AttachVolumeCommand,
  DetachVolumeCommand,
  type EC2Client,
  ModifyInstanceAttributeCommand,
  StopInstancesCommand,
} from "@aws-sdk/client-ec2";
import { DomainError } from "@berth/domain";
import { volumeInUse, volumeNotFound } from "../problems.ts";
import { DATA_DEVICE } from "./names.ts";
import type { Ec2Pace } from "./options.ts";
import { type Ec2Sight, isEnding, type SeenInstance, type SeenVolume } from "./sight.ts";
import { waitFor } from "./wait.ts";

interface Claim {
  instance: SeenInstance;
  volumeId: string;
  signal?: AbortSignal | undefined;
}

/** Puts data volumes on machines. An EBS volume is on one machine at a time, so a claim may have to take it from another. */
export class Attachments {
  readonly #client: EC2Client;
  readonly #sight: Ec2Sight;
  readonly #pace: Ec2Pace;

  constructor(client: EC2Client, sight: Ec2Sight, pace: Ec2Pace) {
    this.#client = client;
    this.#sight = sight;
    this.#pace = pace;
  }

  /**
   * @throws DomainError `not_found` when there is no such volume, `operation_in_progress` when a machine that may keep
   *   it has it.
   */
  async attach(claim: Claim): Promise<void> {
    await waitFor(() => this.#step(claim), {
      pace: this.#pace,
      until: "attached the data volume",
      signal: claim.signal,
    });
  }

  /** Answers true once the volume is on the machine, to stay when the machine ends. Otherwise does the next thing towards it. */
  async #step({ instance, volumeId }: Claim): Promise<true | null> {
    const volume = onlyOne(await this.#sight.volumesOf(volumeId), volumeId);
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

  /** Said and then looked at: an AMI or a person may have said otherwise. */
  async #keepOnTermination(instanceId: string, ebsId: string): Promise<true | null> {
    const instance = (await this.#sight.instances()).find((each) => each.instanceId === instanceId);
    const device = instance?.devices.find((each) => each.ebsId === ebsId);
    if (!device) return null;
    await this.#client.send(
      new ModifyInstanceAttributeCommand({
        InstanceId: instanceId,
        BlockDeviceMappings: [{ DeviceName: device.device, Ebs: { DeleteOnTermination: false } }],
      }),
    );
    const after = (await this.#sight.instances()).find((each) => each.instanceId === instanceId);
    return after?.devices.find((each) => each.ebsId === ebsId)?.deleteOnTermination === false ? true : null;
  }

  /**
   * From a machine that has stopped, or from an older one of the same workspace, which is stopped first so that its
   * programs finish what they write. The older one is kept: who asked for it may still want its log.
   */
  async #take(volume: SeenVolume, holderId: string, claimant: SeenInstance): Promise<null> {
    const holder = (await this.#sight.instances()).find((each) => each.instanceId === holderId);
    // Ending, or not ours to see: AWS lets go of it by itself, or nobody does.
    if (!holder || isEnding(holder) || holder.state === "stopping") return null;
    if (!mayTake(claimant, holder)) throw volumeInUse(holder.incarnationId);
    if (holder.state === "stopped") {
      await this.#client.send(new DetachVolumeCommand({ VolumeId: volume.ebsId, InstanceId: holderId }));
    } else {
      await this.#client.send(new StopInstancesCommand({ InstanceIds: [holderId] }));
    }
    return null;
  }

  /** Resolves when no machine has any of these volumes any more. */
  async waitUntilFree(ended: readonly SeenInstance[]): Promise<void> {
    const ids = new Set(ended.map(({ instanceId }) => instanceId));
    const volumeIds = new Set(ended.flatMap(({ volumeId }) => volumeId ?? []));
    if (volumeIds.size === 0) return;
    const look = async () => {
      const volumes = (await this.#sight.volumes()).filter(({ volumeId }) => volumeIds.has(volumeId));
      const isHeld = ({ holders, state }: SeenVolume) =>
        holders.length === 0 ? state === "in-use" : holders.some(({ instanceId }) => ids.has(instanceId));
      return volumes.some(isHeld) ? null : true;
    };
    await waitFor(look, { pace: this.#pace, until: "let go of the data volume" });
  }

  /** The instance that has the volume, running or stopped; null when it is free. */
  async holderOf(volume: SeenVolume): Promise<{ incarnationId: string | null } | null> {
    const [holder] = volume.holders;
    if (holder === undefined) return volume.state === "in-use" ? { incarnationId: null } : null;
    const instances = await this.#sight.instances();
    const instance = instances.find((each) => each.instanceId === holder.instanceId);
    return { incarnationId: instance?.incarnationId ?? null };
  }
}

const mayTake = (claimant: SeenInstance, holder: SeenInstance): boolean =>
  claimant.workspaceId === holder.workspaceId &&
  (holder.state === "stopped" || holder.generation < claimant.generation || holder.purpose === "browse");

/** Which of two is the data is for a person to say. */
export function onlyOne(found: readonly SeenVolume[], volumeId: string): SeenVolume | null {
  if (found.length <= 1) return found[0] ?? null;
  const ids = found.map(({ ebsId }) => ebsId).join(", ");
  throw new DomainError(
    "invalid_input",
    `More than one EBS volume carries the tag of data volume ${volumeId}: ${ids}. Remove the tag from all but the right one.`,
  );
}
