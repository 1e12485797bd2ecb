import { randomInt } from "node:crypto";
import { seeded } from "@berth/backends/testing";
import {
  DATA_PERSISTENCE,
  type DataPersistence,
  type Workspace,
  type WorkspaceStatus,
  whatSurvives,
} from "@berth/domain";
import { describe, expect, test } from "vitest";
import { type MemoryHarness, openHarness, until } from "../testing/index.ts";
import { getReceipt, getVolume } from "../volumes/volumes.ts";

/** A failure prints the seed. Set it here to repeat the same sequence. */
const SEED = Number(process.env.BERTH_TEST_SEED ?? randomInt(2 ** 31));
const SEQUENCES = 200;
const VERBS_MAX = 7;
const SIDE_BY_SIDE = 8;

const MOVES = [
  "restart",
  "pause",
  "resume",
  "hibernate",
  "wake",
  "lose",
  "delete",
  "restore",
  "write",
  "configure",
] as const;
type Move = (typeof MOVES)[number];

/** A minimal model of the persistence table, independent of the implementation. */
interface Model {
  status: WorkspaceStatus;
  setting: DataPersistence;
  /** Whether the data is on a volume or on the instance's own disk. A new setting applies from the next swap. */
  onVolume: boolean;
  /** The expected number of files in /workspace. */
  data: number;
  home: number;
}

/** Applies the effect of a new instance on data and home. */
function swap(model: Model, verb: "restart" | "machine_lost"): void {
  const keeps = model.setting !== "ephemeral";
  // A change from `ephemeral` to `persist` copies the data; the reverse change starts empty.
  if (!keeps) model.data = 0;
  else expect(whatSurvives(model.setting, false, verb).data).toBe("kept");
  model.onVolume = keeps;
  model.home = 0;
}

/** Saves data from the instance's own disk before the instance ends. @returns false when the setting keeps nothing */
function saves(model: Model): boolean {
  if (model.setting !== "ephemeral") model.onVolume = true;
  return model.onVolume;
}

/** @returns the expected result of the move: `done` or an error code */
function play(model: Model, move: Move, setting: DataPersistence): "done" | string {
  const { status } = model;
  const legal = (from: WorkspaceStatus) => (status === from ? "done" : "illegal_transition");
  switch (move) {
    case "restart": {
      if (status === "online") swap(model, "restart");
      return legal("online");
    }
    case "pause": {
      if (status === "online") model.status = "paused";
      return legal("online");
    }
    case "resume": {
      if (status === "paused") model.status = "online";
      return legal("paused");
    }
    case "hibernate": {
      if (status !== "online") return "illegal_transition";
      if (!saves(model)) return "force_required";
      model.status = "hibernated";
      model.home = 0;
      return "done";
    }
    case "wake": {
      if (status !== "hibernated") return "illegal_transition";
      swap(model, "restart");
      model.status = "online";
      return "done";
    }
    case "lose": {
      if (status === "online") swap(model, "machine_lost");
      return "done";
    }
    case "delete": {
      // A repeated delete returns the earlier one.
      if (status === "deleted") return "done";
      model.status = "deleted";
      if (!saves(model)) model.data = 0;
      model.home = 0;
      return "done";
    }
    case "restore": {
      if (status !== "deleted") return "illegal_transition";
      swap(model, "restart");
      model.status = "online";
      return "done";
    }
    case "configure": {
      if (status === "deleted") return "illegal_transition";
      model.setting = setting;
      return "done";
    }
    case "write": {
      if (status !== "online") return "done";
      model.data += 1;
      model.home += 1;
      return "done";
    }
  }
}

async function carryOut(
  harness: MemoryHarness,
  workspace: Workspace,
  move: Move,
  setting: DataPersistence,
): Promise<string> {
  try {
    switch (move) {
      case "restart":
      case "pause":
      case "resume":
      case "hibernate":
      case "wake":
        await harness.succeeded(await harness.request(move, workspace));
        break;
      case "lose":
        await lose(harness, workspace);
        break;
      case "delete":
        await harness.deleted(workspace);
        break;
      case "restore":
        await harness.restored(workspace);
        break;
      case "configure":
        await harness.configure(workspace, setting);
        break;
      case "write":
        await write(harness, workspace);
    }
    return "done";
  } catch (error) {
    const code = (error as { problem?: { code?: string } }).problem?.code;
    if (code) return code;
    throw error;
  }
}

async function write(harness: MemoryHarness, workspace: Workspace): Promise<void> {
  if ((await harness.current(workspace)).status !== "online") return;
  const files = await harness.filesOf(workspace);
  for (const root of ["/workspace", "/agent-home"] as const) {
    const count = (await files.names(root)).length;
    await files.write(root, `/${String(count)}.txt`, Buffer.from(`${workspace.id} ${count}`));
  }
}

async function lose(harness: MemoryHarness, workspace: Workspace): Promise<void> {
  if ((await harness.current(workspace)).status !== "online") return;
  const before = await harness.incarnationOf(workspace);
  // Backdate recoveries, because three in ten minutes count as a crash loop, which another test covers.
  await harness.sql("update operations set created_at = now() - interval '1 hour' where workspace_id = $1", [
    workspace.id,
  ]);
  await harness.backend.faults.kill(before);
  await until(async () => (await harness.incarnationOf(workspace)) !== before, "the machine is replaced");
  await until(async () => (await harness.current(workspace)).status === "online", "the workspace is back");
}

async function expectAsModelled(harness: MemoryHarness, workspace: Workspace, model: Model): Promise<void> {
  const now = await harness.current(workspace);
  expect(now).toMatchObject({ status: model.status, statusReason: null });
  const machines = (await harness.machinesOf(workspace)).map(({ state }) => state);
  expect(machines).toEqual({ online: ["running"], paused: ["stopped"] }[model.status as string] ?? []);
  if (model.onVolume) {
    const state = model.status === "deleted" ? "retained" : "attached";
    expect(now.volume?.state).toBe(state);
    const clock = model.status === "deleted" && model.setting === "auto";
    expect(now.retainedUntil !== null).toBe(clock);
  }
  if (model.status !== "online") return;
  const files = await harness.filesOf(workspace);
  const names = Array.from({ length: model.data }, (_, index) => `${index}.txt`);
  expect((await files.names("/workspace")).sort()).toEqual(names.sort());
  for (const at of names) {
    const bytes = (await files.read("/workspace", `/${at}`)).toString();
    expect(bytes).toBe(`${workspace.id} ${at.replace(".txt", "")}`);
  }
  expect(await files.names("/agent-home")).toHaveLength(model.home);
}

async function runSequence(harness: MemoryHarness, seed: number): Promise<void> {
  const random = seeded(seed);
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)]!;
  const setting = pick(DATA_PERSISTENCE);
  const workspace = await harness.online({ compute: { dataPersistence: setting } });
  const model: Model = { status: "online", setting, onVolume: setting !== "ephemeral", data: 0, home: 0 };
  const played: string[] = [setting];
  try {
    for (let index = 0; index < VERBS_MAX; index += 1) {
      const move = pick(MOVES);
      const next = pick(DATA_PERSISTENCE);
      played.push(move === "configure" ? `configure ${next}` : move);
      const expected = play(model, move, next);
      expect(await carryOut(harness, workspace, move, next)).toBe(expected);
      await expectAsModelled(harness, workspace, model);
    }
    await eraseAtLast(harness, workspace, model);
  } catch (error) {
    throw new Error(`BERTH_TEST_SEED=${SEED}, sequence ${seed - SEED}: ${played.join(", ")}`, { cause: error });
  }
}

/** A final erase must leave no data and a receipt, after any sequence. */
async function eraseAtLast(harness: MemoryHarness, workspace: Workspace, model: Model): Promise<void> {
  const { deps, actor } = harness;
  if (model.status === "deleted") return;
  const { volume } = await harness.deleted(workspace, { eraseData: true });
  expect(await getVolume(deps, actor, { id: volume?.id ?? "" })).toMatchObject({ state: "erased" });
  await getReceipt(deps, actor, { id: volume?.id ?? "" });
  expect(await harness.machinesOf(workspace)).toEqual([]);
}

describe("random sequences of verbs", () => {
  test(`${SEQUENCES} sequences, seed ${SEED}: data and home survive as the persistence table says`, {
    timeout: 300_000,
  }, async () => {
    await using harness = await openHarness({ reconciler: { startsMax: SIDE_BY_SIDE, othersMax: SIDE_BY_SIDE } });
    let next = 0;
    const work = async () => {
      while (next < SEQUENCES) {
        next += 1;
        await runSequence(harness, SEED + next);
      }
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
    // Only retained volumes are left.
    const [kept] = await harness.sql<{ count: string }>("select count(*) from volumes where state = 'retained'");
    expect(await harness.backend.volumes.list()).toHaveLength(Number(kept?.count));
    expect(await harness.backend.instances.list()).toEqual([]);
  });
});
