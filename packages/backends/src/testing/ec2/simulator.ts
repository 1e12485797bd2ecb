import { mkdir, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import {
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeVolumesCommand,
  EC2Client,
  type Instance,
  paginateDescribeInstances,
  StopInstancesCommand,
  TerminateInstancesCommand,
  type Volume,
} from "@aws-sdk/client-ec2";
import { KeyedLock } from "@berth/domain";
import { Disk } from "./disk.ts";
import { Machine } from "./machine.ts";

export interface SimulatorOptions {
  /** moto itself and not the proxy in front of it. */
  endpoint: string;
  nodePath: string | null;
}

export const SIMULATOR_REGION = "us-east-1";
export const SIMULATOR_CREDENTIALS = { accessKeyId: "test", secretAccessKey: "test" };

/** Excludes terminated instances, which moto lists forever and which make its listings slow. */
export const LIVE = [{ Name: "instance-state-name", Values: ["running", "stopped"] }];
const POLL_EVERY_MS = 2000;

/**
 * Backs moto's responses with real machines: boots one for every instance that moto lists as running, attaches a disk
 * for every volume that moto lists as attached, and removes both again. It uses only moto's public API.
 */
export class Ec2Simulator {
  readonly client: EC2Client;
  readonly machines = new Map<string, Machine>();
  readonly #disks = new Map<string, Disk>();
  readonly #folder: string;
  readonly #nodePath: string | null;
  readonly #lock = new KeyedLock();
  readonly #problems: unknown[] = [];
  /** Instances that are terminating or terminated. An id never returns, even if an older response of moto lists it. */
  readonly #ended = new Set<string>();
  #noBoots = 0;
  #bootDelayMs = 0;
  #closed = false;
  #turn: Promise<void> = Promise.resolve();
  #again = false;
  #timer: NodeJS.Timeout;

  private constructor(folder: string, { endpoint, nodePath }: SimulatorOptions) {
    this.#folder = folder;
    this.#nodePath = nodePath;
    this.client = new EC2Client({ region: SIMULATOR_REGION, endpoint, credentials: SIMULATOR_CREDENTIALS });
    this.#timer = setInterval(() => this.changed(), POLL_EVERY_MS);
  }

  static async open(options: SimulatorOptions): Promise<Ec2Simulator> {
    const folder = await mkdtemp(path.join(tmpdir(), "berth-ec2-"));
    await Promise.all(["machines", "disks"].map((name) => mkdir(path.join(folder, name))));
    return new Ec2Simulator(folder, options);
  }

  /** Polls at once, because moto has just received a change. */
  changed(): void {
    if (this.#closed || this.#again) return;
    this.#again = true;
    this.#turn = this.#turn.then(async () => {
      this.#again = false;
      if (!this.#closed) await this.#poll().catch((error) => this.#problems.push(error));
    });
  }

  /** Makes the next machines switch on but never boot. */
  failBoots(times: number): void {
    this.#noBoots = times;
  }

  delayBoots(milliseconds: number): void {
    this.#bootDelayMs = milliseconds;
  }

  /**
   * Ends the machine first and updates moto afterwards. Until then the machine is shutting down and keeps its disks.
   */
  terminate(id: string): void {
    if (this.#ended.has(id)) return;
    this.#ended.add(id);
    this.#run(id, async () => {
      await this.#takeAway(id);
      await this.client.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
      this.changed();
    });
  }

  /** The state that AWS would report for moto's state: a transition lasts as long as the machine needs. */
  instanceState(instanceId: string, state: string): string {
    if (this.#ended.has(instanceId)) return state === "terminated" ? state : "shutting-down";
    const machine = this.machines.get(instanceId);
    if (state === "running") return machine?.isUp || machine?.neverBoots ? state : "pending";
    return state === "stopped" && machine?.isUp ? "stopping" : state;
  }

  /** Moto releases a volume at once; a real one is held until its machine has released it. */
  isHeld(ebsId: string): boolean {
    return (this.#disks.get(ebsId)?.devices ?? null) !== null;
  }

  console(instanceId: string): Buffer {
    return this.machines.get(instanceId)?.console ?? Buffer.alloc(0);
  }

  /** Writes to a disk that no machine holds, bypassing every API. */
  async writeDisk(ebsId: string, at: number, bytes: Buffer): Promise<void> {
    const file = await open(await this.#disk(ebsId).make(), "r+");
    await file.write(bytes, 0, bytes.length, at);
    await file.close();
  }

  async readDisk(ebsId: string, at: number, length: number): Promise<Buffer> {
    const file = await open(await this.#disk(ebsId).make(), "r");
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, at);
    await file.close();
    return buffer;
  }

  #disk(ebsId: string, sizeGb = 1): Disk {
    const known = this.#disks.get(ebsId) ?? new Disk(path.join(this.#folder, "disks"), ebsId, sizeGb);
    this.#disks.set(ebsId, known);
    return known;
  }

  async #poll(): Promise<void> {
    const [instances, volumes] = await Promise.all([this.#instances(), this.#volumes()]);
    for (const { VolumeId = "", Size = 1, Attachments } of volumes) {
      if (Attachments?.length) this.#disk(VolumeId, Size);
    }
    for (const instance of instances) this.#follow(instance);
    const holders = new Map(
      volumes.map(({ VolumeId, Attachments }) => [VolumeId, Attachments?.[0]?.InstanceId ?? null]),
    );
    for (const disk of this.#disks.values()) {
      if (!this.#isPlaced(disk, holders.get(disk.ebsId))) this.#run(disk.ebsId, () => this.#placeDisk(disk));
    }
  }

  /** Without a call to moto, whose listings are slow. `undefined` means that moto does not list the volume. */
  #isPlaced({ devices }: Disk, holderId: string | null | undefined): boolean {
    if (holderId === undefined) return false;
    return devices === (holderId === null ? null : (this.machines.get(holderId)?.devices ?? null));
  }

  /** Runs tasks per machine or disk, so that none waits for a slow one. */
  #run(key: string, task: () => Promise<void>): void {
    this.#lock.run(key, task).catch((error) => this.#problems.push(error));
  }

  #follow(instance: Instance): void {
    const id = instance.InstanceId ?? "";
    const state = instance.State?.Name;
    this.#run(id, async () => {
      const machine = this.machines.get(id);
      const isOn = machine?.isUp || machine?.neverBoots || false;
      // The list may be outdated, so moto is asked again before any change.
      if (this.#ended.has(id) || isOn === (state === "running") || (await this.#stateOf(id)) !== state) return;
      if (state === "running") await this.#switchOn(id);
      else if (state === "stopped") await machine?.powerOff();
    });
  }

  async #stateOf(id: string): Promise<string | undefined> {
    const { Reservations } = await this.client.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
    return Reservations?.[0]?.Instances?.[0]?.State?.Name;
  }

  async #switchOn(id: string): Promise<void> {
    let machine = this.machines.get(id);
    if (machine?.isUp || machine?.neverBoots) return;
    if (!machine) {
      const asked = new DescribeInstanceAttributeCommand({ InstanceId: id, Attribute: "userData" });
      const { UserData } = await this.client.send(asked);
      machine = new Machine({
        folder: path.join(this.#folder, "machines", id),
        userData: Buffer.from(UserData?.Value ?? "", "base64").toString(),
        nodePath: this.#nodePath,
        onDown: () => this.#wentDown(id),
      });
      if (this.#noBoots > 0) {
        this.#noBoots -= 1;
        machine.neverBoots = true;
      }
      await machine.make();
      this.machines.set(id, machine);
    }
    for (const { VolumeId = "", Attachments } of await this.#volumes()) {
      if (Attachments?.[0]?.InstanceId === id) await this.#disks.get(VolumeId)?.attach(machine.devices);
    }
    if (this.#bootDelayMs > 0) await pause(this.#bootDelayMs);
    if (!machine.neverBoots) await machine.boot();
  }

  async #takeAway(id: string): Promise<void> {
    const machine = this.machines.get(id);
    if (!machine) return;
    await machine.powerOff();
    for (const disk of this.#disks.values()) if (disk.devices === machine.devices) await disk.detach();
    await machine.destroy();
    this.machines.delete(id);
  }

  async #placeDisk(disk: Disk): Promise<void> {
    const volume = (await this.#volumes()).find(({ VolumeId }) => VolumeId === disk.ebsId);
    const holderId = volume?.Attachments?.[0]?.InstanceId ?? null;
    if (holderId !== null && this.#ended.has(holderId)) return;
    const holder = [...this.machines.values()].find((each) => each.devices === disk.devices);
    const wanted = holderId === null ? undefined : this.machines.get(holderId);
    if (disk.devices !== null && disk.devices !== wanted?.devices) {
      // A mounted disk is released only when its machine is down.
      if (holder?.isUp) return;
      await disk.detach();
    }
    if (wanted && disk.devices === null) await disk.attach(wanted.devices);
    if (!volume) {
      await disk.remove();
      this.#disks.delete(disk.ebsId);
    }
  }

  /** Applies InstanceInitiatedShutdownBehavior, which is `stop`. */
  #wentDown(id: string): void {
    if (this.#closed) return;
    this.client
      .send(new StopInstancesCommand({ InstanceIds: [id] }))
      .then(() => this.changed())
      .catch((error) => this.#problems.push(error));
  }

  async #instances(): Promise<Instance[]> {
    const found: Instance[] = [];
    for await (const { Reservations } of paginateDescribeInstances({ client: this.client }, { Filters: LIVE })) {
      for (const { Instances } of Reservations ?? []) found.push(...(Instances ?? []));
    }
    return found;
  }

  /** Excludes the machines' own disks, which are folders here. */
  async #volumes(): Promise<Volume[]> {
    const { Volumes } = await this.client.send(new DescribeVolumesCommand({}));
    return (Volumes ?? []).filter(({ Attachments }) => Attachments?.[0]?.Device !== "/dev/sda1");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#turn;
    for (const id of [...this.machines.keys()]) await this.#lock.run(id, () => this.#takeAway(id));
    for (const disk of this.#disks.values()) await this.#lock.run(disk.ebsId, () => disk.remove());
    this.client.destroy();
    await rm(this.#folder, { recursive: true, force: true });
    if (this.#problems.length > 0) throw new AggregateError(this.#problems, "The EC2 simulator had problems.");
  }
}
