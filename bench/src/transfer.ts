import { spawn } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { BenchmarkApi } from "./benchmark-api.ts";
import { readProcess } from "./memory.ts";
import { median, round, saveResult, timed } from "./report.ts";

const MiB = 1024 * 1024;
const BYTES = 1024 * MiB;
const ROUNDS = 3;
const TARGET = 0.4;
const GROWTH_MIB_MAX = 300;
const block = randomFillSync(Buffer.alloc(MiB));

/**
 * Measures 1 GiB up and down through API, tunnel and daemon, against one plain local HTTP connection on the same disk.
 */
export async function transfer(): Promise<void> {
  await using berth = await BenchmarkApi.open({ BERTH_BACKENDS: "local" });
  const workspace = await berth.createOnline("bench", "local");
  const plain = spawn(
    process.execPath,
    [fileURLToPath(new URL("plain-server.ts", import.meta.url)), join(berth.scratch, "plain.bin")],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const raw: Record<string, number[]> = { floorUp: [], floorDown: [], oursUp: [], oursDown: [], apiGrowthMiB: [] };
  try {
    const [port] = (await once(createInterface({ input: plain.stdout }), "line")) as [string];
    const floor = (init: RequestInit) => fetch(`http://127.0.0.1:${port}/`, init);
    const ours = (init: RequestInit) => berth.file(workspace.id, "big.bin", init);
    for (let index = 0; index < ROUNDS; index++) {
      raw.floorUp?.push(await up(floor));
      raw.floorDown?.push(await down(floor));
      const memory = trackMemory(berth.api.pid);
      raw.oursUp?.push(await up(ours));
      raw.oursDown?.push(await down(ours));
      raw.apiGrowthMiB?.push(memory.growthMiB());
    }
  } finally {
    plain.kill();
  }
  const share = (floor: string, own: string) => round(median(raw[floor] ?? []) / median(raw[own] ?? []));
  const [upShare, downShare] = [share("floorUp", "oursUp"), share("floorDown", "oursDown")];
  const growth = Math.max(...(raw.apiGrowthMiB ?? []));
  saveResult({
    name: "transfer",
    target: `1 GiB each way at ${TARGET} of a plain connection or more, the API growing by ${GROWTH_MIB_MAX} MiB at most`,
    figure: Math.min(upShare, downShare),
    met: Math.min(upShare, downShare) >= TARGET && growth <= GROWTH_MIB_MAX,
    summary: {
      "up MB/s": speed(raw.oursUp ?? []),
      "down MB/s": speed(raw.oursDown ?? []),
      "plain up MB/s": speed(raw.floorUp ?? []),
      "plain down MB/s": speed(raw.floorDown ?? []),
      "share up": upShare,
      "share down": downShare,
      "API growth MiB": round(growth, 0),
    },
    raw,
  });
  await berth.erase(workspace.id, workspace.name);
}

type Send = (init: RequestInit) => Promise<Response>;

async function up(send: Send): Promise<number> {
  function* blocks() {
    for (let sent = 0; sent < BYTES; sent += block.length) yield block;
  }
  const body = Readable.toWeb(Readable.from(blocks(), { objectMode: false, highWaterMark: 4 * MiB }));
  const { ms } = await timed(async () => {
    const response = await send({ method: "PUT", body: body as BodyInit, duplex: "half" } as RequestInit);
    if (!response.ok) throw new Error(await response.text());
    await response.arrayBuffer();
  });
  return ms;
}

async function down(send: Send): Promise<number> {
  const { ms, result } = await timed(async () => {
    let bytes = 0;
    for await (const chunk of (await send({})).body ?? []) bytes += chunk.length;
    return bytes;
  });
  if (result !== BYTES) throw new Error(`Only ${result} bytes arrived.`);
  return ms;
}

const speed = (samples: number[]): number => round(BYTES / 1e6 / (median(samples) / 1000), 0);

function trackMemory(pid: number): { growthMiB(): number } {
  const start = readProcess(pid)?.pssBytes ?? 0;
  let peak = start;
  const timer = setInterval(() => {
    peak = Math.max(peak, readProcess(pid)?.pssBytes ?? 0);
  }, 50);
  return {
    growthMiB() {
      clearInterval(timer);
      return (peak - start) / MiB;
    },
  };
}
