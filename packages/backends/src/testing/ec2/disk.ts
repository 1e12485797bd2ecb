import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, open, rm, stat, symlink } from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { KeyedLock } from "@berth/domain";

const KEY = "the disk";
const execute = promisify(execFile);
const run = (program: string, args: readonly string[]) =>
  execute(program, args, { env: { PATH: "/usr/sbin:/sbin:/usr/bin:/bin" } });
const RELEASE_MS_MAX = 20_000;

/** An EBS volume: a sparse file that keeps its bytes, and a loop device while it is attached to a machine. */
export class Disk {
  readonly ebsId: string;
  readonly file: string;
  readonly #bytes: number;
  readonly #lock = new KeyedLock();
  #loop: string | null = null;
  /** The device folder of the machine that it is attached to. */
  #devices: string | null = null;

  constructor(folder: string, ebsId: string, sizeGb: number) {
    this.ebsId = ebsId;
    this.file = path.join(folder, `${ebsId}.img`);
    this.#bytes = sizeGb * 1024 ** 3;
  }

  get devices(): string | null {
    return this.#devices;
  }

  /** Adds the disk to a machine's `/dev`, under the name that a Nitro instance gives it. */
  attach(devices: string): Promise<void> {
    return this.#lock.run(KEY, () => this.#attach(devices));
  }

  /**
   * Call this once the machine is down or has released the disk. Resolves once the kernel has flushed and released it.
   */
  detach(): Promise<void> {
    return this.#lock.run(KEY, () => this.#detach());
  }

  /** Creates the sparse file; leaves an existing one unchanged. */
  async make(): Promise<string> {
    const file = await open(this.file, "a");
    await file.truncate(this.#bytes);
    await file.close();
    return this.file;
  }

  async #attach(devices: string): Promise<void> {
    if (this.#devices === devices) return;
    if (this.#devices !== null) throw new Error(`${this.ebsId} is on another machine.`);
    this.#devices = devices;
    this.#loop = await loopOver(await this.make());
    const { rdev } = await stat(this.#loop);
    const node = path.join(devices, "nvme1n1");
    await run("mknod", [node, "b", String(major(rdev)), String(minor(rdev))]);
    const byId = path.join(devices, "disk", "by-id");
    await mkdir(byId, { recursive: true });
    await symlink("../../nvme1n1", path.join(byId, this.#linkName));
  }

  get #linkName(): string {
    return `nvme-Amazon_Elastic_Block_Store_${this.ebsId.replaceAll("-", "")}`;
  }

  async #detach(): Promise<void> {
    if (this.#loop === null || this.#devices === null) return;
    await rm(path.join(this.#devices, "nvme1n1"), { force: true });
    await rm(path.join(this.#devices, "disk", "by-id", this.#linkName), { force: true });
    await run("losetup", ["--detach", this.#loop]);
    const deadline = Date.now() + RELEASE_MS_MAX;
    while ((await run("losetup", ["--associated", this.file])).stdout.trim() !== "") {
      if (Date.now() > deadline) throw new Error(`${this.#loop} is still in use.`);
      await pause(20);
    }
    this.#loop = null;
    this.#devices = null;
  }

  async remove(): Promise<void> {
    await this.detach();
    await rm(this.file, { force: true });
  }
}

const LOOP_MAJOR = "7";

/** A minimal /dev has nodes for eight loop devices. The kernel provides more, but each one needs a node. */
export async function loopOver(file: string): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const free = (await run("losetup", ["--find"])).stdout.trim();
    if (!existsSync(free)) await run("mknod", [free, "b", LOOP_MAJOR, free.replace("/dev/loop", "")]).catch(() => {});
    try {
      await run("losetup", [free, file]);
      return free;
    } catch (error) {
      // Another process took it.
      if (attempt === 20) throw error;
    }
  }
}

// Encoded like glibc does: https://man7.org/linux/man-pages/man3/makedev.3.html
const major = (rdev: number): number => (rdev >>> 8) & 0xfff;
const minor = (rdev: number): number => (rdev & 0xff) | ((rdev >>> 12) & 0xfff00);
