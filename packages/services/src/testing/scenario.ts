import { existsSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Backend, DaemonFiles, type MemoryBackend } from "@berth/backends/testing";
import {
  type Actor,
  type CreateWorkspaceInput,
  computeSchema,
  type DataPersistence,
  type DomainError,
  type Operation,
  type Workspace,
} from "@berth/domain";
import { expect } from "vitest";
import type { Deps } from "../deps.ts";
import { getOperation } from "../operations/operations.ts";
import { getVolume } from "../volumes/volumes.ts";
import { createWorkspace } from "../workspaces/create.ts";
import { requestDelete as requestWorkspaceDelete } from "../workspaces/delete.ts";
import { getWorkspace } from "../workspaces/read.ts";
import { restoreWorkspace } from "../workspaces/restore.ts";
import { configureWorkspace } from "../workspaces/update.ts";
import type { PlainVerb } from "../workspaces/verbs.ts";
import { requestVerb } from "../workspaces/verbs.ts";

const DEADLINE_MS = 30_000;

/** What a scenario needs to run. */
export interface ScenarioHarness<B extends Backend = Backend> {
  readonly deps: Deps;
  readonly actor: Actor;
  readonly backend: B;
  /** Runs one SQL statement directly, to inspect rows and to create states that would take hours to reach. */
  sql<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>;
}

type Reach = Pick<ScenarioHarness, "deps" | "actor">;

let names = 0;

export const newWorkspace = ({
  compute,
  ...input
}: Partial<Omit<CreateWorkspaceInput, "compute">> & {
  compute?: Partial<CreateWorkspaceInput["compute"]>;
} = {}): CreateWorkspaceInput => {
  names += 1;
  return { name: `w${names}`, runtime: "shell", compute: computeSchema.parse(compute ?? {}), ...input };
};

/** Polls until `look` returns a truthy value; a timeout reports its last error. Concurrent tests can use it too. */
export async function until<T>(
  poll: () => Promise<T | null | undefined | false>,
  what: string,
  deadlineMs = DEADLINE_MS,
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    let lastError: unknown;
    const found = await poll().catch((error: unknown) => {
      lastError = error;
      return null;
    });
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`Waited in vain: ${what}`, { cause: lastError });
    await pause(10);
  }
}

/** Waits until an operation has ended, successfully or not. */
async function ended({ deps, actor }: Reach, operation: Pick<Operation, "id">): Promise<Operation> {
  const poll = () => getOperation(deps, actor, { id: operation.id });
  const hasEnded = async () => {
    const seen = await poll();
    return seen.finishedAt !== null && seen;
  };
  return until(hasEnded, "the operation ends").catch(async (error: unknown) => {
    throw new Error(`The operation does not end: ${JSON.stringify(await poll())}`, { cause: error });
  });
}

/** Waits until an operation has succeeded; a failure reports the operation's error. */
async function succeeded(reach: Reach, operation: Pick<Operation, "id">): Promise<Operation> {
  const end = await ended(reach, operation);
  expect(end, JSON.stringify(end.error)).toMatchObject({ status: "succeeded" });
  return end;
}

async function online(reach: Reach, input: Parameters<typeof newWorkspace>[0] = {}): Promise<Workspace> {
  const { workspace, operation } = await createWorkspace(reach.deps, reach.actor, newWorkspace(input));
  await succeeded(reach, operation);
  return current(reach, workspace);
}

const current = ({ deps, actor }: Reach, { id }: { id: string }): Promise<Workspace> =>
  getWorkspace(deps, actor, { id });

/** A workspace without the fields that background loops change. */
export const still = ({ lastHeartbeatAt: _, volume, ...workspace }: Workspace): Partial<Workspace> => ({
  ...workspace,
  // The volume can be measured at any time.
  volume: volume && { ...volume, sizeBytes: null, measuredAt: null },
});

const request = ({ deps, actor }: Reach, verb: PlainVerb, { id }: { id: string }, force = false): Promise<Operation> =>
  requestVerb(deps, actor, verb, { id, force });

/** Requests a verb and waits until it has succeeded. */
async function after(reach: Reach, verb: PlainVerb, workspace: { id: string }, force = false): Promise<Workspace> {
  await succeeded(reach, await request(reach, verb, workspace, force));
  return current(reach, workspace);
}

const requestDelete = (
  { deps, actor }: Reach,
  { id, name }: Pick<Workspace, "id" | "name">,
  { eraseData = false, cascade = false } = {},
): Promise<Operation> => requestWorkspaceDelete(deps, actor, { id, confirmName: name, eraseData, cascade });

/** Requests a delete and waits until it has succeeded. */
async function deleted(
  reach: Reach,
  workspace: Pick<Workspace, "id" | "name">,
  options?: Parameters<typeof requestDelete>[2],
): Promise<Workspace> {
  await succeeded(reach, await requestDelete(reach, workspace, options));
  return current(reach, workspace);
}

async function restored(reach: Reach, { id }: { id: string }): Promise<Workspace> {
  const { operation } = await restoreWorkspace(reach.deps, reach.actor, { id });
  await succeeded(reach, operation);
  return current(reach, { id });
}

const configure = ({ deps, actor }: Reach, { id }: { id: string }, dataPersistence: DataPersistence) =>
  configureWorkspace(deps, actor, { id, compute: { dataPersistence } });

/** Removes the volume without Berth's knowledge, which only the memory backend supports. */
const loseVolume = ({ backend }: Pick<ScenarioHarness, "backend">, { volume }: Pick<Workspace, "volume">) =>
  (backend as MemoryBackend).faults.loseVolume(volume?.id ?? "");

/** Moves the deadline of every retained volume into the past, first in the manifest and then in the row. */
async function endGrace({ backend, sql }: Pick<ScenarioHarness, "backend" | "sql">): Promise<void> {
  const retainedUntil = new Date(Date.now() - 1000).toISOString();
  const rows = await sql<{ id: string; workspace_id: string; generation: number }>(
    "select id, workspace_id, generation from volumes where retained_until is not null and state = 'retained'",
  );
  const surveyed = await backend.volumes.survey();
  for (const { id, workspace_id: workspaceId, generation } of rows.filter((row) => surveyed.has(row.id))) {
    const manifest = { workspaceId, generation, retainedUntil, writtenAt: new Date().toISOString() };
    await backend.volumes.writeManifest(id, manifest);
  }
  const ids = rows.map(({ id }) => id);
  await sql("update volumes set retained_until = $2 where id = any($1)", [ids, retainedUntil]);
}

/** The current row of the volume that the given workspace snapshot names. */
const volumeOf = ({ deps, actor }: Reach, { volume }: Pick<Workspace, "volume">) =>
  getVolume(deps, actor, { id: volume?.id ?? "" });

const isStatus = async (reach: Reach, workspace: { id: string }, status: Workspace["status"]): Promise<void> => {
  await until(async () => (await current(reach, workspace)).status === status, `the workspace is ${status}`);
};

/** The files of the workspace's current instance, including $HOME. */
async function filesOf(
  { deps, sql }: Pick<ScenarioHarness, "deps" | "sql">,
  { id }: { id: string },
): Promise<DaemonFiles> {
  const incarnationId = await incarnationOf({ sql }, { id });
  return new DaemonFiles(await deps.tunnel.waitFor(incarnationId, { signal: AbortSignal.timeout(DEADLINE_MS) }));
}

async function incarnationOf({ sql }: Pick<ScenarioHarness, "sql">, { id }: { id: string }): Promise<string> {
  const [row] = await sql<{ incarnation_id: string }>("select incarnation_id from workspaces where id = $1", [id]);
  return row?.incarnation_id ?? "";
}

/** The instances of a workspace as the backend lists them, without browse instances. */
async function machinesOf({ backend }: Pick<ScenarioHarness, "backend">, { id }: { id: string }) {
  const listed = await backend.instances.list();
  return listed.filter((instance) => instance.workspaceId === id && instance.purpose === "workspace");
}

/**
 * Deletes a workspace's rows, as if the database had been restored to a time before it was created. One statement,
 * because a sweep between two would find a stale instance and destroy it.
 */
async function forget({ sql }: Pick<ScenarioHarness, "sql">, { id }: { id: string }): Promise<void> {
  await sql(
    `with gone_operations as (delete from operations where workspace_id = $1),
      gone_workspaces as (delete from workspaces where id = $1),
      gone_volumes as (delete from volumes where workspace_id = $1)
    delete from incarnations where workspace_id = $1`,
    [id],
  );
}

/** The folder in which the memory backend keeps an instance or a volume, for checks without the backend. */
export function scratchFolder(what: "instances" | "volumes", id: string): string {
  const scratches = readdirSync(tmpdir()).filter((name) => name.startsWith("berth-memory-"));
  const found = scratches.map((name) => join(tmpdir(), name, what, id)).find((folder) => existsSync(folder));
  if (!found) throw new Error(`${what} ${id} is on no disk.`);
  return found;
}

export const testSignal = (): AbortSignal => AbortSignal.timeout(DEADLINE_MS);

/** For `rejects`: a `DomainError` whose problem has these fields. */
export const problem = (fields: Partial<DomainError["problem"]>): unknown =>
  expect.objectContaining({ problem: expect.objectContaining(fields) });

const VERBS = {
  ...{ after, request, requestDelete, configure, current, deleted, ended, filesOf, forget, incarnationOf, isStatus },
  ...{ endGrace, loseVolume, machinesOf, online, restored, succeeded, volumeOf },
};

/** The functions above, bound to a stage. */
export type Scenario = {
  [Verb in keyof typeof VERBS]: (typeof VERBS)[Verb] extends (stage: never, ...rest: infer Rest) => infer Result
    ? (...rest: Rest) => Result
    : never;
};

export function openScenario(stage: ScenarioHarness): Scenario {
  const verbs = Object.entries<(stage: ScenarioHarness, ...rest: never[]) => unknown>(VERBS);
  const bound = verbs.map(([name, verb]) => [name, (...rest: never[]) => verb(stage, ...rest)]);
  return Object.fromEntries(bound) as Scenario;
}
