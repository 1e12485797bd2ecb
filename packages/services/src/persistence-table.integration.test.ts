/* oxlint-disable jest/no-conditional-expect -- every branch belongs to one cell of the table, and an unknown fate throws. */
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import {
  bundleDaemon,
  type ContractHarness,
  type ContractSubject,
  connectDocker,
  dockerSubject,
  ensureTestImage,
  findDockerForTests,
  localSubject,
  memorySubject,
  Sentinels,
  startDaemon,
} from "@berth/backends/testing";
import {
  DATA_PERSISTENCE,
  type DataPersistence,
  type Fate,
  SURVIVAL_VERBS,
  type SurvivalVerb,
  type Workspace,
  whatSurvives,
} from "@berth/domain";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Harness, openHarnessOver, problem, until } from "./testing/index.ts";
import { eraseVolume, getReceipt, getVolume } from "./volumes/volumes.ts";

/** Checks a volume directly at the engine or on disk, without the backend. */
interface IndependentView {
  volumeExists(volumeId: string): Promise<boolean>;
  /** The bytes of /workspace/plain.txt on a volume in use. */
  bytes(volumeId: string): Promise<Buffer>;
}

const docker = await findDockerForTests(process.env);
const { path: bundlePath, version, ...bundle } = await bundleDaemon();
const daemon = { bundlePath, version, ...bundle, nodePath: process.execPath };

const inFoldersOf = (prefix: string): IndependentView => ({
  volumeExists: async (volumeId) => folderOf(prefix, volumeId) !== null,
  bytes: async (volumeId) => readFile(join(folderOf(prefix, volumeId) ?? "", "workspace/plain.txt")),
});
const onDisk = inFoldersOf("berth-local-");
const inMemory = inFoldersOf("berth-memory-");

function folderOf(prefix: string, volumeId: string): string | null {
  for (const root of readdirSync(tmpdir()).filter((name) => name.startsWith(prefix))) {
    const found = readdirSync(join(tmpdir(), root), { recursive: true, encoding: "utf8" }).find((path) =>
      path.endsWith(volumeId),
    );
    if (found) return join(tmpdir(), root, found);
  }
  return null;
}

const inEngine: IndependentView = {
  async volumeExists(volumeId) {
    const { Volumes } = await connectDocker().listVolumes();
    return (Volumes ?? []).some(({ Name }) => Name.includes(volumeId));
  },
  /** Reads the file from the engine's tar: a header of 512 bytes with the size in octal, then the file. */
  async bytes(volumeId) {
    const engine = connectDocker();
    const filters = JSON.stringify({ status: ["running"] });
    const holder = (await engine.listContainers({ filters })).find(({ Mounts }) =>
      Mounts.some(({ Name }) => Name?.includes(volumeId)),
    );
    const archive = await engine.getContainer(holder?.Id ?? "").getArchive({ path: "/workspace/plain.txt" });
    const tar = await buffer(archive);
    return tar.subarray(512, 512 + Number.parseInt(tar.toString("latin1", 124, 135), 8));
  },
};

const defaultImage = docker.reason === null ? await ensureTestImage(connectDocker(), "glibc") : "none";

/** Every backend appears in the report; a backend that this host cannot run is skipped with a reason. */
const BACKENDS: { subject: ContractSubject; view: IndependentView; skipped: string | null }[] = [
  { subject: memorySubject(startDaemon), view: inMemory, skipped: null },
  {
    subject: localSubject(daemon, "auto"),
    view: onDisk,
    skipped: process.platform === "linux" ? null : "The local backend needs Linux.",
  },
  { subject: dockerSubject({ host: undefined, daemon, defaultImage }), view: inEngine, skipped: docker.reason },
];

const CELLS = DATA_PERSISTENCE.flatMap((setting) =>
  SURVIVAL_VERBS.map((verb) => ({ setting, verb, ...whatSurvives(setting, false, verb) })),
);

/** Runs the verb, then brings the workspace back online where possible. */
async function carryOut(
  harness: Harness,
  contract: ContractHarness,
  workspace: Workspace,
  verb: SurvivalVerb,
  fate: Fate,
) {
  switch (verb) {
    case "restart":
      return harness.after("restart", workspace);
    case "pause":
      await harness.after("pause", workspace);
      return harness.after("resume", workspace);
    case "hibernate":
      if (fate === "refused_unless_forced") {
        await expect(harness.request("hibernate", workspace)).rejects.toEqual(problem({ code: "force_required" }));
        return harness.current(workspace);
      }
      await harness.after("hibernate", workspace);
      expect(await contract.backend.instances.list()).toEqual([]);
      return harness.after("wake", workspace);
    case "machine_lost": {
      const incarnationId = await harness.incarnationOf(workspace);
      await contract.kill({ incarnationId, workspaceId: workspace.id });
      await until(async () => (await harness.incarnationOf(workspace)) !== incarnationId, "the machine is replaced");
      await harness.isStatus(workspace, "online");
      return harness.current(workspace);
    }
    case "delete":
      return harness.deleted(workspace);
    case "delete_with_erase":
      return harness.deleted(workspace, { eraseData: true });
  }
}

interface Planted {
  workspace: Sentinels;
  configs: Sentinels;
}

async function expectServed(
  harness: Harness,
  workspace: Workspace,
  { workspace: data, configs }: Planted,
): Promise<void> {
  const files = await harness.filesOf(workspace);
  expect(await data.found(files)).toEqual(data.planted);
  expect(await configs.found(files)).toEqual(configs.planted);
}

async function expectErased(
  harness: Harness,
  view: IndependentView,
  workspace: Workspace,
  reason: string,
): Promise<void> {
  const { deps, actor } = harness;
  const id = (await harness.current(workspace)).volume?.id ?? "";
  const receipt = await getReceipt(deps, actor, { id });
  expect(receipt).toMatchObject({ workspaceId: workspace.id, reason });
  expect(receipt.verification).not.toBe("");
  expect(await view.volumeExists(id)).toBe(false);
}

/** Checks one cell of the table. */
async function expectData(
  harness: Harness,
  view: IndependentView,
  workspace: Workspace,
  planted: Planted,
  { data, verb }: { data: Fate; verb: SurvivalVerb },
): Promise<void> {
  const { deps, actor } = harness;
  const volumeId = workspace.volume?.id ?? "";
  switch (data) {
    case "kept":
    case "refused_unless_forced":
      return expectServed(harness, workspace, planted);
    case "new_and_empty": {
      const files = await harness.filesOf(workspace);
      expect(await files.names("/workspace")).toEqual([]);
      // The daemon fills it from the template, as at the first start.
      return expect(await files.names("/configs")).toEqual(["workspace.json"]);
    }
    case "retained":
    case "grace": {
      const volume = await getVolume(deps, actor, { id: volumeId });
      expect(volume).toMatchObject({ state: "retained" });
      expect(volume.retainedUntil === null).toBe(data === "retained");
      expect(await view.volumeExists(volumeId)).toBe(true);
      await harness.restored(workspace);
      await expectServed(harness, workspace, planted);
      if (data === "retained") return;
      await harness.deleted(workspace);
      await harness.endGrace();
      await until(async () => (await getVolume(deps, actor, { id: volumeId })).state === "erased", "it is swept");
      return expectErased(harness, view, workspace, "retention_expired");
    }
    case "erased":
      expect(await harness.current(workspace)).toMatchObject({ status: "deleted", dataState: "none" });
      return expectErased(harness, view, workspace, "delete_with_erase");
    case "gone":
      expect(workspace.volume).toBeNull();
      if (verb === "delete_with_erase") await expectErased(harness, view, workspace, "delete_with_erase");
      return;
    default:
      throw new Error(`No backend is held to ${data} yet.`);
  }
}

async function expectHome(harness: Harness, workspace: Workspace, home: Sentinels, fate: Fate): Promise<void> {
  if (fate === "gone") return;
  const files = await harness.filesOf(workspace);
  if (fate === "kept") return expect(await home.found(files)).toEqual(home.planted);
  expect(fate).toBe("wiped");
  expect(await files.names("/agent-home")).not.toContain("plain.txt");
}

describe.each(BACKENDS)("on the $subject.name backend", ({ subject, view, skipped }) => {
  let contract: ContractHarness;
  let harness: Harness;

  beforeAll(async () => {
    if (skipped !== null) return;
    contract = await subject.open();
    harness = await openHarnessOver(contract, { settings: { sweepMinAgeSeconds: 900 } });
  });
  afterAll(() => harness?.[Symbol.asyncDispose]());

  beforeEach(({ skip }) => skip(skipped !== null, skipped ?? ""));

  const start = async (dataPersistence: DataPersistence) => {
    const workspace = await harness.online({ compute: { dataPersistence } });
    const files = await harness.filesOf(workspace);
    const planted = {
      workspace: await Sentinels.plant(files, "/workspace"),
      configs: await Sentinels.plant(files, "/configs"),
    };
    return { workspace, planted, home: await Sentinels.plant(files, "/agent-home") };
  };

  test.each(CELLS)("$setting, $verb: data $data, home $home", async ({ setting, verb, data, home }) => {
    const { workspace, planted, home: plantedHome } = await start(setting);
    const volumeId = workspace.volume?.id;
    expect(volumeId !== undefined && (await view.volumeExists(volumeId))).toBe(setting !== "ephemeral");
    const machines = await contract.machinesOf(await harness.incarnationOf(workspace));
    expect(machines).toHaveLength(1);
    const incarnationId = await harness.incarnationOf(workspace);

    await carryOut(harness, contract, workspace, verb, data);
    // Check home before data, because the check of retained data restores the workspace.
    await expectHome(harness, workspace, plantedHome, data === "refused_unless_forced" ? "kept" : home);
    if (home === "gone") expect(await contract.machinesOf(incarnationId)).toEqual([]);
    await expectData(harness, view, workspace, planted, { data, verb });

    if ((await harness.current(workspace)).status !== "deleted") await harness.deleted(workspace, { eraseData: true });
    expect(await contract.backend.instances.list()).toEqual([]);
    expect(await contract.backend.volumes.list()).toEqual([]);
  });

  test("ephemeral, hibernate with force: new and empty", async () => {
    const { workspace } = await start("ephemeral");
    await harness.after("hibernate", workspace, true);
    expect(await contract.backend.instances.list()).toEqual([]);
    await harness.after("wake", workspace);
    expect(await (await harness.filesOf(workspace)).names("/workspace")).toEqual([]);
    await harness.deleted(workspace, { eraseData: true });
  });

  test("a volume has the expected bytes when it is read without the daemon", async () => {
    const { workspace, planted } = await start("persist");
    const bytes = await view.bytes(workspace.volume?.id ?? "");
    await harness.deleted(workspace, { eraseData: true });
    const found = createHash("sha256").update(bytes).digest("hex");
    expect(found).toBe(planted.workspace.planted["/plain.txt"]);
  });

  test("a change from ephemeral to persist keeps the data, and the change back retains the volume", async () => {
    const { workspace, planted } = await start("ephemeral");
    await harness.configure(workspace, "persist");
    const kept = await harness.after("restart", workspace);
    await expectServed(harness, workspace, planted);
    await harness.after("restart", workspace);
    await expectServed(harness, workspace, planted);
    const id = kept.volume?.id ?? "";
    expect(await view.volumeExists(id)).toBe(true);
    await harness.configure(workspace, "ephemeral");
    expect(await harness.after("restart", workspace)).toMatchObject({ volume: null });
    expect(await (await harness.filesOf(workspace)).names("/workspace")).toEqual([]);
    expect(await getVolume(harness.deps, harness.actor, { id })).toMatchObject({
      state: "retained",
      retainedUntil: null,
    });
    expect(await view.volumeExists(id)).toBe(true);
    await harness.deleted(workspace, { eraseData: true });
    await harness.succeeded(await eraseVolume(harness.deps, harness.actor, { id, confirmName: workspace.name }));
    expect(await view.volumeExists(id)).toBe(false);
  });
});
