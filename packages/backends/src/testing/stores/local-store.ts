import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createLocalBackend } from "../../local/index.ts";
import type { DaemonProgram } from "../../options.ts";
import { claimStore, removeEverything } from "../contract-harness.ts";
import { TunnelHarness } from "../tunnel-harness.ts";
import type { TestStore } from "./test-store.ts";
import { checksumOf, plantIn } from "./tree-checksum.ts";
import { VolumeDisk } from "./volume-disk.ts";

/** The local backend with `volumes/` on its own disk. */
export async function openLocalStore(daemon: DaemonProgram): Promise<TestStore> {
  await using stack = new AsyncDisposableStack();
  const root = await mkdtemp(path.join(tmpdir(), "berth-store-local-"));
  stack.defer(() => rm(root, { recursive: true, force: true }));
  const dataDirectory = path.join(root, "data");
  const volumes = path.join(dataDirectory, "volumes");
  await mkdir(dataDirectory);
  const disk = stack.use(await VolumeDisk.open(root, volumes));
  const tunnel = stack.use(await TunnelHarness.open());
  const installationId = randomUUID();
  const directoryId = randomUUID();
  const reopen = () =>
    createLocalBackend({
      ...{ installationId, directoryId, dataDirectory, daemon, environment: process.env },
      tunnel: { socketPath: tunnel.socketPath, url: "ws://127.0.0.1:1/tunnel" },
      log: () => {},
    });
  const backend = reopen();
  await claimStore(backend);
  stack.defer(() => removeEverything(backend));
  const parts = (volumeId: string) => ["workspace", "configs"].map((part) => path.join(volumes, volumeId, part));
  const mark = path.join(volumes, `.berth-store-${installationId}`);
  const owned = stack.move();
  return {
    ...{ backend, tunnel, reopen },
    plant: (volumeId) => plantIn(parts(volumeId)),
    checksum: (volumeId) => checksumOf(parts(volumeId)),
    unmount: () => disk.unmount(),
    async swap() {
      const end = await disk.mountOther();
      await reopen().store.claim([]);
      return end;
    },
    async unmark() {
      const written = await readFile(mark);
      await rm(mark);
      return () => writeFile(mark, written);
    },
    makeReadOnly: () => disk.makeReadOnly(),
    async losePart(volumeId) {
      const [part = ""] = parts(volumeId);
      const away = path.join(volumes, `.lost-${volumeId}`);
      await rename(part, away);
      return () => rename(away, part);
    },
    copy: () => disk.copy(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
