import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { ApiResponse } from "../test-api.ts";
import type { RandomBerth } from "./berth.ts";
import type { Ledger } from "./ledger.ts";

export interface WorkspaceRunOptions {
  berth: RandomBerth;
  ledger: Ledger;
  random: () => number;
  /** Lives end early when this returns true. */
  isOver(): boolean;
}

const MOVES = ["write", "write", "restart", "pause", "hibernate", "delete", "read"] as const;
const MOVES_MAX = 8;
const REVERSE = { pause: "resume", hibernate: "wake" } as const;
/** The time limit of one verb; a slower move is abandoned and counted at the end. */
const MOVE_MS_MAX = 45_000;

/** The restored database lacks the workspace, or the verb does not fit its older state: this life ends. */
export class Abandoned extends Error {}

/** Runs one workspace from its create to its end. The ledger keeps its writes. @returns the moves made. */
export async function runWorkspace(options: WorkspaceRunOptions): Promise<string[]> {
  const { berth, ledger, random } = options;
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
  const played: string[] = [];
  const name = `life-${randomUUID()}`;
  const dataPersistence = pick(["persist", "auto"] as const);
  const { data, problem } = await berth.call("workspaces.create", { name, compute: { dataPersistence } }, randomUUID());
  const id: string | undefined = data?.workspace?.id;
  if (id === undefined) return [`create ${problem?.code}`];
  try {
    await settled(berth, id, "online");
    const count = 2 + Math.floor(random() * MOVES_MAX);
    for (let index = 0; index < count && !options.isOver(); index += 1) {
      const move = pick(MOVES);
      played.push(move);
      if (move === "write") await write(options, id, `${index}-${randomUUID()}.txt`);
      else if (move === "read") await verify(options, id);
      else if (move === "delete")
        await deleteAndRestore(options, { id, name, isKeptForTime: dataPersistence === "auto" });
      else await runAndRevert(berth, id, move);
    }
    const end = pick(["erase", "erase", "delete", "stay"] as const);
    played.push(end);
    const { volume } = await get(berth, id);
    if (volume && end === "erase") ledger.mayErase(volume.id);
    if (volume && end === "delete" && dataPersistence === "auto") ledger.retained(volume.id, "unsure");
    if (end !== "stay") await ask(berth, "delete", { id, confirmName: name, eraseData: end === "erase" });
  } catch (error) {
    if (!(error instanceof Abandoned)) throw error;
    played.push(`abandoned: ${error.message}`);
  }
  return played;
}

async function runAndRevert(berth: RandomBerth, id: string, move: "restart" | "pause" | "hibernate"): Promise<void> {
  await ask(berth, move, { id });
  if (move !== "restart") {
    await settled(berth, id, ({ pause: "paused", hibernate: "hibernated" } as const)[move]);
    await ask(berth, REVERSE[move], { id });
  }
  await settled(berth, id, "online");
}

async function deleteAndRestore(
  { berth, ledger }: WorkspaceRunOptions,
  { id, name, isKeptForTime }: { id: string; name: string; isKeptForTime: boolean },
): Promise<void> {
  const { volume } = await get(berth, id);
  const startedAt = performance.now();
  if (volume && isKeptForTime) ledger.retained(volume.id, "unsure");
  await ask(berth, "delete", { id, confirmName: name });
  await settled(berth, id, "deleted");
  if (volume && isKeptForTime && berth.clock.wasRight(performance.now() - startedAt))
    ledger.retained(volume.id, "sure");
  await ask(berth, "restore", { id });
  await settled(berth, id, "online");
  if (volume) ledger.restored(volume.id);
}

/** @throws Abandoned when the verb is rejected, which is a normal result after a fault. Other errors fail the test. */
async function ask(berth: RandomBerth, verb: string, input: Record<string, unknown>): Promise<ApiResponse> {
  const response = await berth.call(`workspaces.${verb}`, input, randomUUID());
  if (response.status !== 200) throw new Abandoned(`${verb} ${response.problem?.code ?? response.status}`);
  return response;
}

async function get(berth: RandomBerth, id: string) {
  const { data, status } = await berth.call("workspaces.get", { id });
  if (status !== 200) throw new Abandoned(`get ${status}`);
  return data as { status: string; statusReason: { message: string } | null; volume: { id: string } | null };
}

/** @throws Abandoned when the status is not reached in time. */
export async function settled(berth: RandomBerth, id: string, status: string): Promise<void> {
  const deadline = performance.now() + MOVE_MS_MAX;
  for (;;) {
    const now = await get(berth, id);
    if (now.status === status) return;
    if (performance.now() > deadline)
      throw new Abandoned(`${now.status} instead of ${status}: ${now.statusReason?.message}`);
    await pause(150);
  }
}

async function write({ berth, ledger }: WorkspaceRunOptions, id: string, name: string): Promise<void> {
  const { volume } = await get(berth, id);
  if (!volume) return;
  const content = `${id} ${name}`;
  const { status } = await berth.put(id, name, content);
  // Only count the write when the workspace had the same volume before and after it.
  if (status >= 300 || (await get(berth, id)).volume?.id !== volume.id) return;
  ledger.written(volume.id, id, name, content);
}

async function verify({ berth }: WorkspaceRunOptions, id: string): Promise<void> {
  const { status } = await berth.call("files.list", { workspaceId: id, root: "/workspace" });
  if (status !== 200) throw new Abandoned(`list ${status}`);
}
