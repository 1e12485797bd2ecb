import { randomUUID } from "node:crypto";
import { connectDocker, ensureTestImage } from "@berth/backends/testing";
import type Docker from "dockerode";
import { BenchmarkApi } from "./benchmark-api.ts";
import { median, percentile, round, saveResult, timed } from "./report.ts";

const ROUNDS = 20;
const TARGET = 1.2;

/** Measures a create request until `online`, against the minimum for any tool: container create, start and first exec. */
export async function createToOnline(): Promise<void> {
  const docker = connectDocker();
  const image = await ensureTestImage(docker, "glibc");
  await using berth = await BenchmarkApi.open({ BERTH_BACKENDS: "docker", BERTH_DOCKER_IMAGE: image });
  const network = await docker.createNetwork({ Name: `berth-bench-${randomUUID().slice(0, 8)}`, Driver: "bridge" });
  const floor: number[] = [];
  const ours: number[] = [];
  try {
    await startBareContainer(docker, image, network.id);
    await createOnce(berth);
    // Alternates, so that other load on the host affects both equally.
    for (let index = 0; index < ROUNDS; index++) {
      floor.push(await startBareContainer(docker, image, network.id));
      ours.push(await createOnce(berth));
    }
  } finally {
    await network.remove();
  }
  const figure = round(median(ours) / median(floor));
  saveResult({
    name: "create-to-online",
    target: `p50 at most ${TARGET} times the floor`,
    figure,
    met: figure <= TARGET,
    summary: {
      "floor p50 ms": round(median(floor), 0),
      "ours p50 ms": round(median(ours), 0),
      "ours p95 ms": round(percentile(ours, 0.95), 0),
      ratio: figure,
    },
    raw: { floor, ours },
  });
}

async function startBareContainer(docker: Docker, image: string, network: string): Promise<number> {
  const volume = await docker.createVolume({ Name: `berth-bench-${randomUUID()}` });
  const { ms, result } = await timed(async () => {
    const container = await docker.createContainer({
      Image: image,
      Cmd: ["sleep", "1000"],
      HostConfig: {
        NetworkMode: network,
        Memory: 2 * 2 ** 30,
        NanoCpus: 2e9,
        PidsLimit: 2048,
        CapDrop: ["ALL"],
        SecurityOpt: ["no-new-privileges"],
        Init: true,
        Mounts: [{ Type: "volume", Source: volume.name, Target: "/workspace" }],
      },
    });
    await container.start();
    const exec = await container.exec({ Cmd: ["true"], AttachStdout: true });
    const stream = await exec.start({});
    for await (const _ of stream.resume());
    return container;
  });
  await result.remove({ force: true });
  await docker.getVolume(volume.name).remove();
  return ms;
}

async function createOnce(berth: BenchmarkApi): Promise<number> {
  const name = `bench-${randomUUID().slice(0, 8)}`;
  const { promise: subscribed, resolve: onSubscribed } = Promise.withResolvers<void>();
  const online = new Set<string>();
  let wake = () => {};
  const subscription = berth.client.events.subscribe.subscribe(
    {},
    {
      onStarted: () => onSubscribed(),
      onData({ data: event }) {
        if (event.type === "workspace.status_changed" && event.data.status === "online")
          online.add(event.workspaceId ?? "");
        wake();
      },
    },
  );
  await subscribed;
  const { ms, result: id } = await timed(async () => {
    const { workspace } = await berth.client.workspaces.create.mutate({ name, compute: { backend: "docker" } });
    while (!online.has(workspace.id)) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return workspace.id;
  });
  subscription.unsubscribe();
  await berth.erase(id, name);
  return ms;
}
