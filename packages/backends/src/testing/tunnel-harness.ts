import { createHash, randomBytes, randomUUID } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { DAEMON_ROUTES, type DaemonStatus, type FileRoot } from "@berth/domain";
import type { InstanceSpec } from "../backend.ts";
import { type DaemonSession, listenUnix, TunnelHub, type UnixListener } from "../tunnel/index.ts";

const CONNECT_SECONDS_MAX = 30;

/** The prefix makes a token recognisable everywhere. */
export const secretToken = (): string => `berth-secret-${randomUUID()}`;

/** A real tunnel on its own unix socket, which the daemons of a test connect to. */
export class TunnelHarness {
  readonly hub: TunnelHub;
  readonly socketPath: string;
  readonly #folder: string;
  readonly #listener: UnixListener;
  readonly #expected: Map<string, InstanceSpec>;

  private constructor(folder: string, hub: TunnelHub, listener: UnixListener, expected: Map<string, InstanceSpec>) {
    this.#folder = folder;
    this.hub = hub;
    this.#listener = listener;
    this.#expected = expected;
    this.socketPath = listener.path;
  }

  static async open(): Promise<TunnelHarness> {
    const folder = await mkdtemp(path.join(tmpdir(), "berth-tunnel-"));
    // Containers that run as an ordinary user reach the socket through this folder.
    await chmod(folder, 0o711);
    const expected = new Map<string, InstanceSpec>();
    const hub = new TunnelHub({
      authenticate: async ({ incarnationId, token }) => {
        const known = expected.get(incarnationId);
        return known?.boot.tunnelToken === token ? known : null;
      },
    });
    const listener = await listenUnix(hub, { path: path.join(folder, "tunnel.sock"), mode: 0o666 });
    return new TunnelHarness(folder, hub, listener, expected);
  }

  /** Accepts the daemon of this spec. */
  expect(spec: InstanceSpec): void {
    this.#expected.set(spec.incarnationId, spec);
  }

  expected(incarnationId: string): InstanceSpec | undefined {
    return this.#expected.get(incarnationId);
  }

  /** @returns the only token that is accepted from this daemon from now on */
  renewToken(incarnationId: string, tunnelToken = secretToken()): string {
    const spec = this.#expected.get(incarnationId);
    if (!spec) throw new Error("A token is renewed for a daemon that was expected before.");
    this.#expected.set(incarnationId, { ...spec, boot: { ...spec.boot, tunnelToken } });
    return tunnelToken;
  }

  async daemon(incarnationId: string): Promise<DaemonFiles> {
    const signal = AbortSignal.timeout(CONNECT_SECONDS_MAX * 1000);
    return new DaemonFiles(await this.hub.waitFor(incarnationId, { signal }));
  }

  isConnected(incarnationId: string): boolean {
    return this.hub.session(incarnationId) !== undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hub.close();
    await this.#listener.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Files of one instance as its daemon serves them, which is the only access on every backend. */
export class DaemonFiles {
  readonly session: DaemonSession;

  constructor(session: DaemonSession) {
    this.session = session;
  }

  status(): Promise<DaemonStatus> {
    return this.session.json({ method: "GET", route: DAEMON_ROUTES.status });
  }

  async write(root: FileRoot, at: string, body: Buffer): Promise<void> {
    await this.session.json({ method: "PUT", route: DAEMON_ROUTES.content, query: { root, path: at }, body });
  }

  async read(root: FileRoot, at: string): Promise<Buffer> {
    const response = await this.session.bytes({
      method: "GET",
      route: DAEMON_ROUTES.content,
      query: { root, path: at },
    });
    return buffer(response.body);
  }

  async names(root: FileRoot): Promise<string[]> {
    const query = { root, path: "/", limit: 1000 };
    const listing = await this.session.json({ method: "GET", route: DAEMON_ROUTES.list, query });
    return listing.entries.map(({ name }) => name);
  }
}

const SENTINEL_FILES = ["/plain.txt", "/odd näme & 'quotes'.bin", "/.hidden", "/large.bin"];

/** Known bytes in a root. Unlike a status, they prove persistence. */
export class Sentinels {
  readonly root: FileRoot;
  readonly #checksums = new Map<string, string>();

  private constructor(root: FileRoot) {
    this.root = root;
  }

  static async plant(files: DaemonFiles, root: FileRoot): Promise<Sentinels> {
    const sentinels = new Sentinels(root);
    for (const [index, at] of SENTINEL_FILES.entries()) {
      const bytes = randomBytes(index === SENTINEL_FILES.length - 1 ? 1024 * 1024 : 1000 + index);
      await files.write(root, at, bytes);
      sentinels.#checksums.set(at, checksum(bytes));
    }
    return sentinels;
  }

  get planted(): Record<string, string> {
    return Object.fromEntries(this.#checksums);
  }

  /** Checksums of what is read back, for comparison with `planted`. */
  async found(files: DaemonFiles): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    for (const at of this.#checksums.keys()) found[at] = checksum(await files.read(this.root, at));
    return found;
  }
}

const checksum = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
