import { readdir, readFile, readlink } from "node:fs/promises";
import { basename } from "node:path";
import { type DaemonBoot, LIMITS, type PortListener } from "@berth/domain";
import { OwnProcesses } from "./own-processes.ts";
import { type ListeningSocket, listeningSockets } from "./socket-table.ts";

/** What the programs of the workspace listen on. Read from the kernel when asked, so nothing polls. */
export class Listeners {
  readonly #own: OwnProcesses;
  readonly #isShared: boolean;

  constructor(boot: DaemonBoot) {
    this.#own = new OwnProcesses(boot);
    this.#isShared = boot.measures !== "container" && boot.measures !== "machine";
  }

  /** By port. A port with several addresses is listed once for each. */
  async list(): Promise<PortListener[]> {
    const tables = await Promise.all(["tcp", "tcp6"].map((name) => read(`/proc/net/${name}`)));
    return this.#describe(tables.flatMap(listeningSockets));
  }

  /** The listeners of one port: on a separate machine, without reading the processes. */
  async on(port: number): Promise<PortListener[]> {
    const tables = await Promise.all(["tcp", "tcp6"].map((name) => read(`/proc/net/${name}`)));
    const sockets = tables.flatMap(listeningSockets).filter((socket) => socket.port === port);
    if (this.#isShared) return this.#describe(sockets);
    return sockets.map(({ address }) => ({ port, address, process: null }));
  }

  async #describe(sockets: readonly ListeningSocket[]): Promise<PortListener[]> {
    if (sockets.length === 0) return [];
    const owners = await ownersOf(new Set(sockets.map(({ inode }) => inode)));
    const found = await Promise.all(sockets.map((socket) => this.#listener(socket, owners.get(socket.inode) ?? [])));
    return found
      .filter((listener) => listener !== null)
      .sort((left, right) => left.port - right.port)
      .slice(0, LIMITS.portsListedMax);
  }

  /** @returns null for a socket that is not the workspace's */
  async #listener({ port, address }: ListeningSocket, pids: readonly number[]): Promise<PortListener | null> {
    if (pids.includes(process.pid)) return null;
    // A server passes its socket on to its workers, so any of them may tell whose it is.
    for (const pid of pids) {
      if (await this.#own.includes(pid)) return { port, address, process: await nameOf(pid) };
    }
    return this.#isShared ? null : { port, address, process: null };
  }
}

/** The processes that have these sockets open, lowest first, by the inode of the socket. */
async function ownersOf(inodes: ReadonlySet<string>): Promise<Map<string, number[]>> {
  const owners = new Map<string, number[]>();
  const pids = (await readdir("/proc").catch(() => [])).map(Number).filter((pid) => pid > 0);
  for (const pid of pids.sort((left, right) => left - right)) {
    for (const inode of await socketsOf(pid)) {
      if (inodes.has(inode)) owners.set(inode, [...(owners.get(inode) ?? []), pid]);
    }
  }
  return owners;
}

/** Empty for a process of another user, and for one that has ended. */
async function socketsOf(pid: number): Promise<Set<string>> {
  const fds = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const targets = await Promise.all(fds.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => "")));
  return new Set(targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []));
}

/** The program's file name. The kernel's own name of a process is that of its main thread, which a program may change. */
async function nameOf(pid: number): Promise<string | null> {
  const [program = ""] = (await read(`/proc/${pid}/cmdline`)).split("\0");
  return basename(program) || (await read(`/proc/${pid}/comm`)).trim() || null;
}

const read = (path: string): Promise<string> => readFile(path, "utf8").catch(() => "");
