import { execFile, spawnSync } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  asUploaded,
  changed,
  describeTree,
  isReport,
  makeRandomTree,
  readTarNames,
  readZip,
  treeSeeds,
  without,
} from "@berth/daemon/testing";
import type { Operation, Workspace } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { authorized } from "./testing/local-workspace.ts";
import { openTestApi, type TestApi, until } from "./testing/test-api.ts";

const SEEDS = treeSeeds({ from: 20, count: 10 });
/** A long run puts many trees into one workspace, because a restart takes longer than a tree. */
const TREES_PER_WORKSPACE = 250;
const TIMEOUT_SECONDS = 60 + 5 * Math.min(TREES_PER_WORKSPACE, SEEDS.length);
const BATCHES = Array.from({ length: Math.ceil(SEEDS.length / TREES_PER_WORKSPACE) }, (_, index) => {
  const seeds = SEEDS.slice(index * TREES_PER_WORKSPACE, (index + 1) * TREES_PER_WORKSPACE);
  return { first: seeds[0], last: seeds.at(-1), seeds };
});

const canDescribe = process.platform === "linux" && spawnSync("python3", ["--version"]).error === undefined;
if (!canDescribe) process.stdout.write("Skipped: random trees need Linux and python3.\n");

/** The path of `/workspace` in the local backend: on the instance while there is no volume. */
async function folderOf({ pool, dataDirectory, call }: TestApi, { id }: Workspace): Promise<string> {
  const { volume } = (await call("workspaces.get", { id })).data as Workspace;
  if (volume) return join(dataDirectory, "volumes", volume.id, "workspace");
  const found = await pool.query("select incarnation_id from workspaces where id = $1", [id]);
  return join(dataDirectory, "instances", found.rows[0].incarnation_id, "workspace");
}

/** One folder per tree, created on the disk like by the workspace's own commands. */
async function plant(folder: string, seeds: readonly number[], kind: "every" | "devices"): Promise<void> {
  for (const seed of seeds) {
    await mkdir(join(folder, `tree ${seed}`), { recursive: true });
    await makeRandomTree(seed, join(folder, `tree ${seed}`), kind);
  }
}

const everything = (tree: Awaited<ReturnType<typeof describeTree>>) => changed(tree, (entry) => entry);

async function succeeds(api: TestApi, procedure: string, input: object): Promise<void> {
  const { data, problem } = await api.call(procedure, input);
  expect(problem).toBeUndefined();
  const { id } = data.operation ?? data;
  const ended = async () => {
    const operation: Operation = (await api.call("operations.get", { id })).data;
    return operation.finishedAt === null ? undefined : operation;
  };
  expect(await until(ended, TIMEOUT_SECONDS)).toMatchObject({ status: "succeeded", error: null });
}

async function download(api: TestApi, address: string, to: string): Promise<void> {
  const response = await fetch(`${api.url}${address}`, { headers: authorized(api) });
  expect(response.status).toBe(200);
  await writeFile(to, Buffer.from(await response.arrayBuffer()));
}

describe.runIf(canDescribe).each(BATCHES)(
  "random trees $first to $last",
  { timeout: TIMEOUT_SECONDS * 1000 },
  ({ seeds }) => {
    test("are on the new volume after a change to persist, and still exist after a delete and a restore", async () => {
      await using api = await openTestApi({ environment: { BERTH_BACKENDS: "local" } });
      const workspace = await api.workspace({ compute: { dataPersistence: "ephemeral" } });
      const { id, name } = workspace;
      const machine = await folderOf(api, workspace);
      await plant(machine, seeds, "devices");
      // Berth's reserved names, which belong to the user when a command created them.
      await mkdir(join(machine, ".berth-daemon"));
      for (const path of [".berth-daemon/made-by-berth", ".berth-daemon-2", "BERTH-UNREADABLE.txt"])
        await writeFile(join(machine, path), "mine");
      const before = everything(await describeTree(machine));

      await api.call("workspaces.configure", { id, compute: { dataPersistence: "persist" } });
      await succeeds(api, "workspaces.restart", { id });
      const volume = await folderOf(api, workspace);
      expect(volume).not.toBe(machine);
      expect(everything(await describeTree(volume))).toEqual(before);

      await succeeds(api, "workspaces.delete", { id, confirmName: name });
      expect(everything(await describeTree(volume))).toEqual(before);
      await succeeds(api, "workspaces.restore", { id });
      expect(await folderOf(api, workspace)).toBe(volume);
      expect(everything(await describeTree(volume))).toEqual(before);
      await empty(volume);
    });

    test("survive tar, tar.gz, zip, upload and copy, and responses list every difference", async () => {
      await using api = await openTestApi({ environment: { BERTH_BACKENDS: "local" } });
      await using files = await temporaryFolder();
      const workspace = await api.workspace();
      const [{ id }, folder] = [workspace, await folderOf(api, workspace)];
      await plant(join(folder, "trees"), seeds, "every");
      const before = await describeTree(join(folder, "trees"));

      for (const format of ["tar", "tar.gz", "zip"] as const)
        await download(api, `/files/${id}/workspace/trees?archive=${format}`, files.at(format));
      const inTar = Object.keys(
        changed(
          before,
          without(({ kind }) => kind === "s"),
        ),
      );
      const isTheirs = (each: string) => !isReport(each, before);
      for (const format of ["tar", "tar.gz"])
        expect((await readTarNames(files.at(format))).filter(isTheirs).toSorted()).toEqual(inTar.toSorted());
      const contents = changed(before, ({ sha256 }) => sha256 ?? null);
      const inZip = Object.entries((await readZip(files.at("zip"))).files).filter(([each]) => isTheirs(each));
      expect(Object.fromEntries(inZip)).toEqual(contents);

      for (const format of ["tar", "tar.gz"]) {
        const address = `/files/${id}/workspace/from-${format}?extract=${format}`;
        const options = { method: "PUT", body: createReadStream(files.at(format)), duplex: "half" } as const;
        const { status, data } = await api.request(address, options as object);
        expect(status).toBe(200);
        const made = await describeTree(join(folder, `from-${format}`));
        expect(
          changed(
            made,
            without((_, each) => isReport(each, before)),
          ),
        ).toEqual(changed(before, asUploaded));
        const special = Object.entries(before).filter(
          ([each, { kind, mode, sameAs }]) =>
            each !== "." && kind !== "s" && (sameAs ?? each) === each && Number.parseInt(mode.slice(2), 8) > 0o777,
        );
        const sticky = data.differences.find(({ reason }: { reason: string }) => reason.includes("sticky"));
        expect(sticky?.count ?? 0).toBe(special.length);
      }
      const zip = await api.request(`/files/${id}/workspace/from-zip?extract=zip`, { method: "PUT", body: "PK" });
      expect(zip.problem?.code).toBe("invalid_input");

      const copied = await api.call("files.copy", { workspaceId: id, root: "/workspace", from: "/trees", to: "/copy" });
      expect(copied.problem).toBeUndefined();
      expect(copied.data.differences).toEqual([]);
      expect(await describeTree(join(folder, "copy"))).toEqual(before);
      expect(await describeTree(join(folder, "trees"))).toEqual(before);
      await empty(folder);
    });
  },
);

/** Berth erases at the lowest priority, which would take minutes at the end of a test on a busy host. */
async function empty(folder: string): Promise<void> {
  await promisify(execFile)("find", [folder, "-mindepth", "1", "-delete"]);
}

async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), "berth-archives-"));
  return {
    at: (name: string) => join(path, name),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  };
}
