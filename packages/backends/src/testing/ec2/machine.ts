import { type ChildProcess, execFile, spawn } from "node:child_process";
import { chmod, copyFile, lstat, mkdir, readFile, readlink, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const INIT = fileURLToPath(new URL("./machine-init.sh", import.meta.url));
const ENTER = fileURLToPath(new URL("./machine-enter.sh", import.meta.url));
const CONSOLE_BYTES_KEPT = 64 * 1024;
const POWER_OFF_MS_MAX = 20_000;

const DEVICES = { null: [1, 3], zero: [1, 5], full: [1, 7], random: [1, 8], urandom: [1, 9], tty: [5, 0] } as const;

export interface MachineOptions {
  /** A folder for this machine only: its own disk. */
  folder: string;
  userData: string;
  /** Mounted as the Node of the AMI; null for an AMI without one. */
  nodePath: string | null;
  /** Called when the machine goes down without a request. */
  onDown(): void;
}

/**
 * A machine that really boots: its own root over this host's programs, in its own namespaces, with its own disk and
 * devices. Everything outside /usr, /proc and /dev is on its own disk and stays until it is destroyed.
 */
export class Machine {
  readonly devices: string;
  /** It is switched on but never boots. */
  neverBoots = false;
  readonly #root: string;
  readonly #options: MachineOptions;
  #child: ChildProcess | null = null;
  #down: Promise<void> = Promise.resolve();
  #ending = false;
  #made: Promise<void> | null = null;
  #console = Buffer.alloc(0);

  constructor(options: MachineOptions) {
    this.#options = options;
    this.#root = path.join(options.folder, "root");
    this.devices = path.join(options.folder, "dev");
  }

  get isUp(): boolean {
    return this.#child !== null;
  }

  get console(): Buffer {
    return this.#console;
  }

  make(): Promise<void> {
    this.#made ??= this.#make();
    return this.#made;
  }

  async #make(): Promise<void> {
    for (const name of ["usr", "dev", "proc", "etc", "root", "run", "var/lib", "bench/bin", "tmp"]) {
      await mkdir(path.join(this.#root, name), { recursive: true });
    }
    for (const name of ["bin", "sbin", "lib", "lib32", "lib64"]) {
      const found = await lstat(`/${name}`).catch(() => null);
      if (found?.isSymbolicLink()) await symlink(await readlink(`/${name}`), path.join(this.#root, name));
    }
    await this.#writeEtc();
    await mkdir(path.join(this.devices, "disk", "by-id"), { recursive: true });
    for (const [name, numbers] of Object.entries(DEVICES)) {
      await run("mknod", ["-m", "666", path.join(this.devices, name), "c", ...numbers.map(String)]);
    }
    await this.#writeProgram("bench/init", await readFile(INIT, "utf8"));
    await this.#writeProgram("bench/user-data", this.#options.userData);
    await this.#writeProgram("bench/bin/shutdown", "#!/bin/sh\nkill -TERM 1\n");
  }

  async #writeEtc(): Promise<void> {
    const etc = path.join(this.#root, "etc");
    await writeFile(path.join(etc, "passwd"), "root:x:0:0:root:/root:/bin/sh\n");
    await writeFile(path.join(etc, "group"), "root:x:0:\n");
    await writeFile(path.join(etc, "hosts"), "127.0.0.1 localhost\n");
    for (const name of ["ld.so.cache", "mke2fs.conf", "nsswitch.conf", "resolv.conf"]) {
      await copyFile(path.join("/etc", name), path.join(etc, name)).catch(() => {});
    }
  }

  async #writeProgram(name: string, content: string): Promise<void> {
    const file = path.join(this.#root, name);
    await writeFile(file, content);
    await chmod(file, 0o755);
  }

  /** Switches the machine on. */
  async boot(): Promise<void> {
    await this.make();
    if (this.#child) return;
    this.#ending = false;
    const namespaces = ["--mount", "--pid", "--fork", "--kill-child=KILL", "--propagation", "private", "--"];
    const enter = ["/bin/sh", ENTER, this.#root, this.devices, this.#options.nodePath ?? ""];
    const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", "unshare", ...namespaces, ...enter], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes: Buffer) => this.#write(bytes));
    this.#down = new Promise((resolve) => {
      child.once("error", (error) => this.#write(Buffer.from(`simulator: ${error.message}\n`)));
      child.once("close", () => {
        this.#child = null;
        resolve();
        if (!this.#ending) this.#options.onDown();
      });
    });
  }

  #write(bytes: Buffer): void {
    this.#console = Buffer.concat([this.#console, bytes]).subarray(-CONSOLE_BYTES_KEPT);
  }

  /** Presses the power button, and unplugs the machine when that does not help in time. */
  async powerOff(): Promise<void> {
    if (!this.#child) return;
    this.#ending = true;
    const press = async () => {
      const pid = await this.#init();
      if (pid !== null) signal(pid, "SIGTERM");
    };
    // Repeatedly, because a machine that has just been switched on does not react yet.
    const pressing = setInterval(() => void press(), 300);
    const timer = setTimeout(() => void this.#unplug(), POWER_OFF_MS_MAX);
    await press();
    await this.#down;
    clearInterval(pressing);
    clearTimeout(timer);
  }

  /** Ends the machine at once without a request, like a failing host. */
  async crash(): Promise<void> {
    await this.#unplug();
    await this.#down;
  }

  async #unplug(): Promise<void> {
    const pid = await this.#init();
    if (pid !== null) signal(pid, "SIGKILL");
    this.#child?.kill("SIGKILL");
  }

  /** Process 1 of the machine, by its pid on this host. */
  async #init(): Promise<number | null> {
    const pid = this.#child?.pid;
    if (pid === undefined) return null;
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
    return Number(children.trim().split(" ")[0]) || null;
  }

  /** Powers the machine off and removes its disk. */
  async destroy(): Promise<void> {
    this.#ending = true;
    await this.powerOff();
    await this.#made?.catch(() => {});
    await rm(this.#options.folder, { recursive: true, force: true });
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended.
  }
}
