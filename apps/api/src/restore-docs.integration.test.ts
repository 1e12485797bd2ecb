import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Volume, Workspace } from "@berth/domain";
import { afterEach, beforeEach, expect, test } from "vitest";
import { endAll, endProcesses, ownerOf, processesWith, startProcess } from "./testing/api-process.ts";
import { until } from "./testing/test-api.ts";

const PAGE = new URL("../../../docs/operating.md", import.meta.url);
/** For a host under other load: the loops find a lost instance or volume within seconds. */
const DEADLINE_SECONDS = 60;

let root: string;
let directory: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "berth-restore-"));
  directory = join(root, "data");
  await mkdir(directory, { mode: 0o700 });
});
afterEach(async () => {
  await endAll();
  await endInstances();
  await rm(root, { recursive: true, force: true, maxRetries: 10 });
});

/** Runs the commands under this heading of docs/operating.md in a shell. @returns the variables they export. */
async function follow(name: string): Promise<Record<string, string>> {
  const page = await readFile(PAGE, "utf8");
  const [, commands] = new RegExp(`<!-- test: ${name} -->\n\`\`\`sh\n([^\`]+)\`\`\``).exec(page) ?? [];
  if (!commands) throw new Error(`docs/operating.md has no commands to ${name}.`);
  const script = `${commands}\nprintf %s "\${BERTH_REPLACES_DATA_DIR:-}"`;
  const env = { PATH: process.env.PATH, BERTH_DATA_DIR: directory, BACKUP: join(root, "backup") };
  const id = execFileSync("sh", ["-eu", "-c", script], { env, encoding: "utf8" });
  return id === "" ? {} : { BERTH_REPLACES_DATA_DIR: id };
}

async function endInstances(): Promise<void> {
  await endProcesses(directory, "daemon.cjs");
  await until(async () => ((await processesWith(directory)).length === 0 ? true : undefined));
}

async function serve(settings: Record<string, string> = {}) {
  const sweep = { BERTH_SWEEP_INTERVAL_SECONDS: "1", BERTH_SWEEP_MIN_AGE_SECONDS: "1" };
  const api = startProcess({ BERTH_DATA_DIR: directory, BERTH_BACKENDS: "local", ...sweep, ...settings });
  const owner = await ownerOf(api, directory);
  const get = async (id: string): Promise<Workspace> => (await owner.call("workspaces.get", { id })).data;
  const read = async (id: string, name: string) => (await owner.request(`/files/${id}/workspace/${name}`)).text;
  return {
    ...owner,
    get,
    stop: () => api.kill("SIGTERM"),
    async create(name: string): Promise<Workspace> {
      const { data } = await owner.call("workspaces.create", { name, compute: { dataPersistence: "persist" } });
      await until(
        async () => ((await get(data.workspace.id)).status === "online" ? true : undefined),
        DEADLINE_SECONDS,
      );
      return get(data.workspace.id);
    },
    write: async (id: string, name: string) =>
      expect(
        (await owner.request(`/files/${id}/workspace/${name}`, { method: "PUT", body: name })).status,
      ).toBeLessThan(300),
    read,
    /** The backup has `online` instances that have ended since, so the first responses may be "not connected". */
    reads: (id: string, name: string) =>
      until(async () => ((await read(id, name)) === name ? true : undefined), DEADLINE_SECONDS),
    volume: async (id: string): Promise<Volume> => (await owner.call("volumes.get", { id })).data,
  };
}

test("the documented restores of the database and of everything work as described", {
  timeout: 240_000,
}, async () => {
  const first = await serve();
  const [kept, erased] = [await first.create("kept"), await first.create("erased")];
  for (const { id } of [kept, erased]) await first.write(id, "before");
  await first.stop();
  await follow("back up");

  const second = await serve();
  // The row says "online" before the daemon has reconnected.
  await second.reads(kept.id, "before");
  await second.write(kept.id, "after");
  const young = await second.create("young");
  await second.write(young.id, "young");
  await second.call("workspaces.delete", { id: erased.id, confirmName: "erased", eraseData: true });
  const erasedVolume = erased.volume?.id ?? "";
  await until(
    async () => ((await second.volume(erasedVolume)).state === "erased" ? true : undefined),
    DEADLINE_SECONDS,
  );
  await second.stop();
  await follow("restore the database");

  const third = await serve();
  await third.reads(kept.id, "before");
  expect([await third.read(kept.id, "before"), await third.read(kept.id, "after")]).toEqual(["before", "after"]);
  const youngVolume = young.volume?.id ?? "";
  await until(
    async () => ((await third.volume(youngVolume)).state === "quarantined" ? true : undefined),
    DEADLINE_SECONDS,
  );
  expect(await readFile(join(directory, "volumes", youngVolume, "workspace/young"), "utf8")).toBe("young");
  await until(async () => ((await third.get(erased.id)).dataState === "missing" ? true : undefined), DEADLINE_SECONDS);
  await third.stop();

  await endInstances();
  await rm(directory, { recursive: true, maxRetries: 10 });
  const fourth = await serve(await follow("restore everything"));
  for (const { id } of [kept, erased]) await fourth.reads(id, "before");
  expect((await fourth.call("workspaces.list")).data.items).toHaveLength(2);
  await fourth.stop();
  // The confirmation was for that start only.
  const last = await serve();
  await last.reads(kept.id, "before");
  await last.stop();
});
