import { execFile } from "node:child_process";
import { mkdir, open, rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { loopOver } from "../ec2/disk.ts";
import type { EndCondition } from "./test-store.ts";

const execute = promisify(execFile);
const run = (program: string, ...args: string[]) =>
  execute(program, args, { env: { PATH: "/usr/sbin:/sbin:/usr/bin:/bin" } });
const MiB = 1024 ** 2;

/** A separate disk for a folder of volumes: an ext4 image on a loop device. Needs root. */
export class VolumeDisk implements AsyncDisposable {
  readonly mountPoint: string;
  readonly #folder: string;
  readonly #images: { file: string; device: string }[] = [];

  private constructor(folder: string, mountPoint: string) {
    this.#folder = folder;
    this.mountPoint = mountPoint;
  }

  /** @param folder holds the images */
  static async open(folder: string, mountPoint: string): Promise<VolumeDisk> {
    const disk = new VolumeDisk(folder, mountPoint);
    await mkdir(mountPoint, { recursive: true, mode: 0o700 });
    await disk.#mount(await disk.#format());
    return disk;
  }

  async #format(sizeMebibytes = 1024): Promise<string> {
    const file = path.join(this.#folder, `${this.#images.length}.img`);
    await using image = await open(file, "w");
    await image.truncate(sizeMebibytes * MiB);
    await run("mkfs.ext4", "-q", "-m", "0", file);
    return this.#attach(file);
  }

  async #attach(file: string): Promise<string> {
    const device = await loopOver(file);
    this.#images.push({ file, device });
    return device;
  }

  #mount = (device: string) => run("mount", "-t", "ext4", device, this.mountPoint);

  /** Lazily: running instances keep their open files. */
  #unmount = () => run("umount", "--lazy", this.mountPoint);

  get #device(): string {
    return this.#images[0]?.device ?? "";
  }

  async unmount(): Promise<EndCondition> {
    await this.#unmount();
    return async () => {
      await this.#mount(this.#device);
    };
  }

  /** Mounts an empty file system over it. */
  async mountOther(): Promise<EndCondition> {
    await this.#mount(await this.#format(64));
    return async () => {
      await this.#unmount();
    };
  }

  async makeReadOnly(): Promise<EndCondition> {
    await run("mount", "-o", "remount,ro", this.mountPoint);
    return async () => {
      await run("mount", "-o", "remount,rw", this.mountPoint);
    };
  }

  /** Makes the disk read-only as the kernel does after a failed write, even while files are open. */
  async breakDown(): Promise<EndCondition> {
    // Otherwise, unwritten data would be lost.
    await run("sync", "--file-system", this.mountPoint);
    await run("mount", "-o", "remount,abort", this.mountPoint);
    return () => this.#repair();
  }

  /**
   * Replaces a broken disk by a checked copy. The broken one itself stays read-only while anything has it mounted, such
   * as the mount namespace of an instance that another test started.
   */
  async #repair(): Promise<void> {
    await this.#unmount();
    const file = path.join(this.#folder, `${this.#images.length}.repaired.img`);
    await run("cp", "--sparse=always", this.#images[0]?.file ?? "", file);
    await run("e2fsck", "-f", "-y", file).catch((error: { code?: unknown }) => {
      // 1: errors were corrected.
      if (error.code !== 1) throw error;
    });
    await this.#mount(await this.#attach(file));
    const repaired = this.#images.pop();
    if (repaired) this.#images.unshift(repaired);
  }

  /** Copies the disk at one point in time. @returns a function that mounts the copy in its place. */
  async copy(): Promise<() => Promise<EndCondition>> {
    const file = path.join(this.#folder, `${this.#images.length}.copy.img`);
    await run("fsfreeze", "--freeze", this.mountPoint);
    try {
      await run("cp", "--sparse=always", this.#images[0]?.file ?? "", file);
    } finally {
      await run("fsfreeze", "--unfreeze", this.mountPoint);
    }
    return async () => {
      await this.#unmount();
      await this.#mount(await this.#attach(file));
      return async () => {
        await this.#unmount();
        await this.#mount(this.#device);
      };
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#unmount().catch(() => {});
    for (const { file, device } of this.#images) {
      await run("losetup", "--detach", device).catch(() => {});
      await rm(file, { force: true });
    }
  }
}
