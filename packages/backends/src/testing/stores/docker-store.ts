import { randomUUID } from "node:crypto";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { Agent } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import Docker from "dockerode";
import { connectDocker } from "../../docker/engine.ts";
import { createDockerBackend } from "../../docker/index.ts";
import { dataVolumeNames, networkName, storeMarkerName } from "../../docker/names.ts";
import type { DaemonProgram } from "../../options.ts";
import { claimStore, removeEverything } from "../contract-harness.ts";
import { ensureTestImage } from "../docker-test-image.ts";
import { TunnelHarness } from "../tunnel-harness.ts";
import { EngineSwitch } from "./engine-switch.ts";
import { OwnEngine } from "./own-engine.ts";
import type { TestStore } from "./test-store.ts";
import { checksumOf, plantIn } from "./tree-checksum.ts";

/** The Docker backend on its own engine. After a swap, the engine of the test run responds instead. */
export async function openDockerStore(daemon: DaemonProgram): Promise<TestStore> {
  await using stack = new AsyncDisposableStack();
  const engine = stack.use(await OwnEngine.open());
  const folder = await mkdtemp(path.join(tmpdir(), "berth-store-switch-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const socketPath = path.join(folder, "docker.sock");
  const own = { path: engine.socketPath };
  const address = stack.use(await EngineSwitch.open(socketPath, own));
  const host = `unix://${socketPath}`;
  // A keep-alive connection would break when the engine restarts.
  const docker = new Docker({ socketPath: engine.socketPath });
  Object.assign(docker.modem, { agent: new Agent({ keepAlive: false }) });
  const otherDocker = connectDocker();
  const defaultImage = await ensureTestImage(docker, "glibc");
  const tunnel = stack.use(await TunnelHarness.open());
  const installationId = randomUUID();
  const options = {
    ...{ installationId, daemon, defaultImage, dataDirectory: "/nowhere" },
    tunnel: { socketPath: tunnel.socketPath, url: "ws://127.0.0.1:1/tunnel" },
    log: () => {},
  };
  const reopen = () => createDockerBackend({ ...options, host });
  const backend = reopen();
  await claimStore(backend);
  stack.defer(async () => {
    await removeEverything(backend);
    await docker
      .getNetwork(networkName(installationId))
      .remove()
      .catch(() => {});
  });
  const { disk } = engine;
  const onDisk = (name: string) => path.join(disk.mountPoint, name, "_data");
  const parts = (volumeId: string) => Object.values(dataVolumeNames(volumeId)).map(onDisk);
  const owned = stack.move();

  /** @returns a function that recreates the volume with its labels and files */
  async function removeVolume(name: string) {
    const { Labels = {} } = await docker.getVolume(name).inspect();
    const kept = path.join(folder, name);
    await cp(onDisk(name), kept, { recursive: true });
    await docker.getVolume(name).remove();
    return async () => {
      await docker.createVolume({ Name: name, Driver: "local", Labels: Labels ?? {} });
      await cp(kept, onDisk(name), { recursive: true });
    };
  }

  return {
    ...{ backend, tunnel, reopen },
    plant: (volumeId) => plantIn(parts(volumeId)),
    checksum: (volumeId) => checksumOf(parts(volumeId)),
    async unmount() {
      const end = await engine.whileStopped(() => disk.unmount());
      return () => engine.whileStopped(end);
    },
    async swap() {
      await createDockerBackend(options).store.claim([]);
      address.switchTo(connectionOf(otherDocker));
      return async () => {
        address.switchTo(own);
        await otherDocker.getVolume(storeMarkerName(installationId)).remove();
      };
    },
    unmark: () => removeVolume(storeMarkerName(installationId)),
    async makeReadOnly() {
      const repair = await disk.breakDown();
      // An engine does not start on a read-only disk.
      return () => engine.whileStopped(repair);
    },
    losePart: (volumeId) => removeVolume(dataVolumeNames(volumeId).configs),
    async copy() {
      const putBack = await disk.copy();
      return async () => {
        const end = await engine.whileStopped(putBack);
        return () => engine.whileStopped(end);
      };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function connectionOf({ modem }: Docker): { path: string } | { host: string; port: number } {
  const { socketPath, host, port } = modem as { socketPath?: string; host?: string; port?: number | string };
  return socketPath ? { path: socketPath } : { host: host ?? "127.0.0.1", port: Number(port) };
}
