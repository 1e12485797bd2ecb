import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { BenchmarkApi } from "./benchmark-api.ts";
import { type ProcessUsage, processesOf } from "./memory.ts";
import { round, saveResult } from "./report.ts";

const WORKSPACES = 20;
const SETTLE_MS = 20_000;
const MEASURE_MS = 60_000;
const MiB = 1024 * 1024;

/** Measures memory and CPU of an idle system: the API, its Postgres and 20 local workspaces. */
export async function idle(): Promise<void> {
  await using berth = await BenchmarkApi.open({ BERTH_BACKENDS: "local" });
  const workspaces = await Promise.all(
    Array.from({ length: WORKSPACES }, (_, index) => berth.createOnline(`idle-${index}`, "local")),
  );
  await setTimeout(SETTLE_MS);
  const before = await readGroups(berth);
  await setTimeout(MEASURE_MS);
  const after = await readGroups(berth);
  const cpu = (group: keyof Groups) => (cpuBetween(before[group], after[group]) / (MEASURE_MS / 1000)) * 100;
  const memory = (group: keyof Groups) => totalBytes(after[group]) / MiB;
  saveResult({
    name: "idle",
    target: `cost of ${WORKSPACES} idle local workspaces; no target`,
    figure: round(cpu("api") + cpu("postgres") + cpu("daemons")),
    met: true,
    summary: {
      "API MiB": round(memory("api"), 0),
      "API % of a core": round(cpu("api")),
      "Postgres MiB": round(memory("postgres"), 0),
      "Postgres % of a core": round(cpu("postgres")),
      "a workspace MiB": round(memory("daemons") / WORKSPACES, 1),
      "a workspace % of a core": round(cpu("daemons") / WORKSPACES, 3),
    },
    raw: {
      pssMiB: Object.values(after).flatMap((group) =>
        group.map((process: ProcessUsage) => round(process.pssBytes / MiB, 1)),
      ),
    },
  });
  await Promise.all(workspaces.map(({ id, name }) => berth.erase(id, name)));
}

interface Groups {
  api: ProcessUsage[];
  postgres: ProcessUsage[];
  daemons: ProcessUsage[];
}

async function readGroups(berth: BenchmarkApi): Promise<Groups> {
  const ours = processesOf([berth.api.pid]);
  const postgres = ours.filter(({ command }) => command.includes("postgres"));
  const instances = await readdir(join(berth.scratch, "data/instances"));
  const states = await Promise.all(
    instances.map((id) => readFile(join(berth.scratch, "data/instances", id, "state.json"), "utf8")),
  );
  const pids = states.map((state: string) => (JSON.parse(state) as { process: { pid: number } }).process.pid);
  return { api: ours.filter(({ pid }) => pid === berth.api.pid), postgres, daemons: processesOf(pids) };
}

/** Counts only processes in both readings: Postgres ends idle connections, which would count as negative. */
function cpuBetween(before: ProcessUsage[], after: ProcessUsage[]): number {
  const earlier = new Map(before.map(({ pid, cpuSeconds }) => [pid, cpuSeconds]));
  return after.reduce(
    (sum, { pid, cpuSeconds }) => sum + Math.max(0, cpuSeconds - (earlier.get(pid) ?? cpuSeconds)),
    0,
  );
}

const totalBytes = (group: ProcessUsage[]): number => group.reduce((sum, { pssBytes }) => sum + pssBytes, 0);
