import { connectDocker, ensureTestImage } from "@berth/backends/testing";
import type Docker from "dockerode";
import { BenchmarkApi } from "./benchmark-api.ts";
import { readProcess } from "./memory.ts";
import { percentile, round, saveResult, timed } from "./report.ts";

const CALLS = 200;
const WARM_UP_CALLS = 20;
const P50_MS_MAX = 5;
const FASTER_MIN = 8;
const OUTPUT_BYTES = 100_000_000;
const OUTPUT_FILES = 100;
const OUTPUT_ROUNDS = 5;
const MB_PER_SECOND_MIN = 100;
const GROWTH_MIB_MAX = 100;
const MiB = 1024 * 1024;

/**
 * Measures `commands.run` of `true` against `docker exec` of it through the engine's API in the same container, alternately,
 * and the throughput of 100 MB of output through `POST /exec`.
 */
export async function commands(): Promise<void> {
  const docker = connectDocker();
  const image = await ensureTestImage(docker, "glibc");
  await using berth = await BenchmarkApi.open({ BERTH_BACKENDS: "docker", BERTH_DOCKER_IMAGE: image });
  const workspace = await berth.createOnline("bench", "docker");
  const container = await containerOf(docker, workspace.id);
  const raw: Record<string, number[]> = { ours: [], dockerExec: [], outputMs: [] };
  for (let call = -WARM_UP_CALLS; call < CALLS; call += 1) {
    const ours = await timed(() => berth.client.commands.run.mutate({ workspaceId: workspace.id, command: ["true"] }));
    if (ours.result.exitCode !== 0) throw new Error("true failed.");
    const floor = await timed(() => dockerExec(container));
    if (call < 0) continue;
    raw.ours?.push(ours.ms);
    raw.dockerExec?.push(floor.ms);
  }
  const part = {
    root: "/workspace",
    path: "part",
    content: `${"x".repeat(99)}\n`.repeat(OUTPUT_BYTES / OUTPUT_FILES / 100),
  } as const;
  await berth.client.files.write.mutate({ workspaceId: workspace.id, ...part });
  const before = readProcess(berth.api.pid)?.pssBytes ?? 0;
  let peak = before;
  const watch = setInterval(() => {
    peak = Math.max(peak, readProcess(berth.api.pid)?.pssBytes ?? 0);
  }, 50);
  try {
    for (let index = 0; index < OUTPUT_ROUNDS; index += 1) {
      raw.outputMs?.push((await timed(() => print(berth, workspace.id))).ms);
    }
  } finally {
    clearInterval(watch);
  }

  const ours = percentile(raw.ours ?? [], 0.5);
  const floor = percentile(raw.dockerExec ?? [], 0.5);
  const speed = OUTPUT_BYTES / 1e6 / (percentile(raw.outputMs ?? [], 0.5) / 1000);
  const growthMiB = (peak - before) / MiB;
  const isFast = ours <= P50_MS_MAX && floor / ours >= FASTER_MIN;
  saveResult({
    name: "commands",
    target: `run of true: p50 ${P50_MS_MAX} ms and ${FASTER_MIN} times faster than docker exec; output: ${MB_PER_SECOND_MIN} MB/s, the API growing by ${GROWTH_MIB_MAX} MiB at most`,
    figure: round(floor / ours),
    met: isFast && speed >= MB_PER_SECOND_MIN && growthMiB <= GROWTH_MIB_MAX,
    summary: {
      "run p50 ms": round(ours),
      "run p95 ms": round(percentile(raw.ours ?? [], 0.95)),
      "docker exec p50 ms": round(floor),
      "times faster": round(floor / ours),
      "output MB/s": round(speed, 0),
      "API growth MiB": round(growthMiB, 0),
    },
    raw,
  });
  await berth.erase(workspace.id, workspace.name);
}

async function containerOf(docker: Docker, workspaceId: string): Promise<Docker.Container> {
  const all = await docker.listContainers();
  const found = all.find(({ Labels }) => Object.values(Labels).includes(workspaceId));
  if (!found) throw new Error("The workspace has no container.");
  return docker.getContainer(found.Id);
}

async function dockerExec(container: Docker.Container): Promise<void> {
  const exec = await container.exec({ Cmd: ["true"], AttachStdout: true, AttachStderr: true });
  const stream = await exec.start({});
  await new Promise((resolve) => stream.once("end", resolve).resume());
  if ((await exec.inspect()).ExitCode !== 0) throw new Error("docker exec failed.");
}

async function print(berth: BenchmarkApi, workspaceId: string): Promise<void> {
  const command = ["cat", ...Array.from({ length: OUTPUT_FILES }, () => "part")];
  const response = await fetch(`${berth.api.url}/exec/${workspaceId}`, {
    method: "POST",
    headers: { authorization: `Bearer ${berth.token}`, "content-type": "application/json" },
    body: JSON.stringify({ command }),
  });
  let bytes = 0;
  let last = "";
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    last = Buffer.from(chunk.subarray(-500)).toString();
  }
  if (bytes < OUTPUT_BYTES) throw new Error(`Only ${bytes} bytes arrived: ${last}`);
}
