import { lstat, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BenchmarkApi } from "./benchmark-api.ts";
import { median, percentile, round, saveResult, timed } from "./report.ts";

const FILES = 50_000;
const PAGE = 200;
const ROUNDS = 40;
const TARGET_MS = 20;
const TARGET_RATIO = 4;

/** Measures a page of 200 of 50,000 files through HTTP, API, tunnel and daemon, against the same listing in Node. */
export async function filesList(): Promise<void> {
  await using berth = await BenchmarkApi.open({ BERTH_BACKENDS: "local" });
  const workspace = await berth.createOnline("bench", "local");
  const folder = join(berth.scratch, "data/volumes", workspace.volume?.id ?? "", "workspace/many");
  await createFiles(folder);
  const direct: number[] = [];
  const ours: number[] = [];
  await listDirectly(folder);
  await listThroughApi(berth, workspace.id);
  for (let index = 0; index < ROUNDS; index++) {
    direct.push((await timed(() => listDirectly(folder))).ms);
    ours.push((await timed(() => listThroughApi(berth, workspace.id))).ms);
  }
  const figure = round(median(ours) / median(direct));
  saveResult({
    name: "files-list",
    target: `p50 at most ${TARGET_MS} ms and ${TARGET_RATIO} times Node's own`,
    figure,
    met: median(ours) <= TARGET_MS && figure <= TARGET_RATIO,
    summary: {
      "Node p50 ms": round(median(direct)),
      "ours p50 ms": round(median(ours)),
      "ours p95 ms": round(percentile(ours, 0.95)),
      ratio: figure,
    },
    raw: { direct, ours },
  });
  await berth.erase(workspace.id, workspace.name);
}

async function createFiles(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (let at = 0; at < FILES; at += 500) {
    const names = Array.from({ length: 500 }, (_, index) => `file-${String(at + index).padStart(6, "0")}.txt`);
    await Promise.all(names.map((name) => writeFile(join(folder, name), name)));
  }
}

async function listDirectly(folder: string): Promise<unknown[]> {
  const names = (await readdir(folder)).sort();
  return Promise.all(names.slice(0, PAGE).map((name) => lstat(join(folder, name))));
}

async function listThroughApi(berth: BenchmarkApi, workspaceId: string): Promise<void> {
  const listing = await berth.client.files.list.query({ workspaceId, root: "/workspace", path: "/many", limit: PAGE });
  if (listing.entries.length !== PAGE || listing.total !== FILES) throw new Error("The listing is incomplete.");
}
