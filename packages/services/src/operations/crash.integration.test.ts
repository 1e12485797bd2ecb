import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { DataPersistence, Operation, Workspace, WorkspaceStatus } from "@berth/domain";
import { describe, expect, test } from "vitest";
import {
  type GatewayCall,
  type MemoryHarness,
  newWorkspace,
  openHarness,
  type Replica,
  type ReplicaOptions,
  scratchFolder,
  until,
} from "../testing/index.ts";
import { eraseVolume, getReceipt, getVolume } from "../volumes/volumes.ts";
import { createWorkspace } from "../workspaces/create.ts";
import { restoreWorkspace } from "../workspaces/restore.ts";
import { requestAutomaticRestart } from "./recover.ts";

/** The subject of one case: a workspace with a mark in its data, and its volume before the operation. */
interface Subject {
  workspace: Workspace;
  /** Null for a workspace that was just created. */
  mark: string | null;
  volumeId: string | null;
}

interface Kind {
  name: string;
  setting?: DataPersistence;
  /** Brings the workspace into the state in which the operation starts. */
  before?: (harness: MemoryHarness, workspace: Workspace) => Promise<unknown>;
  /** Requests the operation. Without it, the operation is the create of a new workspace. */
  request?: (harness: MemoryHarness, workspace: Workspace) => Promise<Pick<Operation, "id">>;
  status: WorkspaceStatus;
  /** The states of the workspace's instances afterwards. */
  machines: readonly ("running" | "stopped")[];
  /**
   * Where the mark is afterwards: served by the workspace, only on its volume, only on a released volume, or erased.
   */
  data: "served" | "on the volume" | "on the retained volume" | "erased";
}

const running = { status: "online", machines: ["running"], data: "served" } as const;

const KINDS: Kind[] = [
  { name: "create", ...running },
  { name: "restart", request: (harness, workspace) => harness.request("restart", workspace), ...running },
  {
    name: "pause",
    request: (harness, workspace) => harness.request("pause", workspace),
    status: "paused",
    machines: ["stopped"],
    data: "on the volume",
  },
  {
    name: "resume",
    before: (harness, workspace) => harness.after("pause", workspace),
    request: (harness, workspace) => harness.request("resume", workspace),
    ...running,
  },
  {
    name: "hibernate",
    request: (harness, workspace) => harness.request("hibernate", workspace),
    status: "hibernated",
    machines: [],
    data: "on the volume",
  },
  {
    name: "wake",
    before: (harness, workspace) => harness.after("hibernate", workspace),
    request: (harness, workspace) => harness.request("wake", workspace),
    ...running,
  },
  {
    name: "recover",
    request: async (harness, workspace) => {
      await harness.backend.faults.kill(await harness.incarnationOf(workspace));
      await requestAutomaticRestart(harness.deps, workspace.id, "machine_lost");
      return openOperation(harness, workspace);
    },
    ...running,
  },
  {
    name: "delete",
    request: (harness, workspace) => harness.requestDelete(workspace),
    status: "deleted",
    machines: [],
    data: "on the retained volume",
  },
  {
    name: "delete with erase",
    request: (harness, workspace) => harness.requestDelete(workspace, { eraseData: true }),
    status: "deleted",
    machines: [],
    data: "erased",
  },
  {
    name: "restore",
    before: (harness, workspace) => harness.deleted(workspace),
    request: async (harness, workspace) => (await restoreWorkspace(harness.deps, harness.actor, workspace)).operation,
    ...running,
  },
  {
    name: "erase of a retained volume",
    before: (harness, workspace) => harness.deleted(workspace),
    request: (harness, { name, volume }) =>
      eraseVolume(harness.deps, harness.actor, { id: volume?.id ?? "", confirmName: name }),
    status: "deleted",
    machines: [],
    data: "erased",
  },
  {
    name: "restart from ephemeral to persist",
    setting: "ephemeral",
    before: (harness, workspace) => harness.configure(workspace, "persist"),
    request: (harness, workspace) => harness.request("restart", workspace),
    ...running,
  },
  {
    name: "restart from persist to ephemeral",
    before: (harness, workspace) => harness.configure(workspace, "ephemeral"),
    request: (harness, workspace) => harness.request("restart", workspace),
    status: "online",
    machines: ["running"],
    data: "on the retained volume",
  },
];

async function openOperation(harness: MemoryHarness, { id }: { id: string }): Promise<{ id: string }> {
  const [row] = await harness.sql<{ id: string }>(
    "select id from operations where workspace_id = $1 and finished_at is null",
    [id],
  );
  return row ?? { id: "" };
}

/** Calls that change or observe one instance or volume. Listings are left out, because the loops make them too. */
const CALLS: readonly GatewayCall[] = [
  "provision",
  "stop",
  "start",
  "destroy",
  "observe",
  "createVolume",
  "observeVolume",
  "erase",
  "proveAbsent",
];

/** A point where a process can be killed: before or after a gateway call, or before a write becomes durable. */
interface Crash {
  at: "before the call" | "after the call" | "before the write";
  /** Counts from 1. */
  number: number;
}

/** Every operation has at least this many points. Fewer points mean that the counting is broken. */
const CRASHES_MIN = { "before the call": 1, "after the call": 1, "before the write": 4 } as const;

/** Counts the calls and writes of a process, and kills it at one of them. */
function crashAt(crash: Crash): ReplicaOptions {
  let calls = 0;
  let writes = 0;
  return {
    reconciler: { observe: { periodSeconds: 600, settlingSeconds: 600 } },
    aroundGateway(call, moment, die) {
      if (!CALLS.includes(call)) return;
      if (moment === "before") calls += 1;
      if (crash.at === `${moment} the call` && crash.number === calls) die();
    },
    onWrite(die) {
      writes += 1;
      if (crash.at === "before the write" && crash.number === writes) die();
    },
  };
}

async function prepare(harness: MemoryHarness, kind: Kind): Promise<Subject> {
  const workspace = await harness.online({ compute: { dataPersistence: kind.setting ?? "persist" } });
  const mark = randomUUID();
  await (await harness.filesOf(workspace)).write("/workspace", "/mark.txt", Buffer.from(mark));
  await kind.before?.(harness, workspace);
  return { workspace, mark, volumeId: workspace.volume?.id ?? null };
}

/** Starts a process and waits until it has finished the operation or was killed. @returns whether it was killed */
async function runUntilCrash(harness: MemoryHarness, crash: Crash, operation: { id: string }): Promise<boolean> {
  const replica = await harness.startReplica(crashAt(crash));
  const isOver = async () => {
    if (replica.dead) return true;
    const [row] = await harness.sql<{ over: boolean }>(
      "select finished_at is not null as over from operations where id = $1",
      [operation.id],
    );
    return row?.over === true;
  };
  await until(isOver, "the process is done or dead").catch(async (error: unknown) => {
    const rows = await harness.sql("select * from operations where id = $1", [operation.id]);
    throw new Error(`It neither dies nor ends the operation: ${JSON.stringify(rows)}`, { cause: error });
  });
  const crashed = replica.dead;
  await (crashed ? replica.die() : replica.stop());
  return crashed;
}

async function check(harness: MemoryHarness, kind: Kind, { workspace, mark, volumeId }: Subject): Promise<void> {
  const { deps, actor } = harness;
  const now = await harness.current(workspace);
  expect(now).toMatchObject({ status: kind.status, statusReason: null });
  const instances = (await harness.backend.instances.list()).filter((each) => each.workspaceId === workspace.id);
  expect(instances.filter((each) => each.purpose === "workspace").map((each) => each.state)).toEqual(kind.machines);
  const rows = await harness.sql(
    "select id from incarnations where workspace_id = $1 and purpose = 'workspace' and ended_at is null",
    [workspace.id],
  );
  expect(rows.map((row) => (row as { id: string }).id)).toEqual(
    instances.filter((each) => each.purpose === "workspace").map((each) => each.incarnationId),
  );
  expect((await openOperation(harness, workspace)).id).toBe("");
  const disk = (id: string) =>
    readFile(join(scratchFolder("volumes", id), "workspace/mark.txt"), "utf8").catch(() => null);
  if (kind.data === "erased") {
    expect(() => scratchFolder("volumes", volumeId ?? "")).toThrow("on no disk");
    expect(await getReceipt(deps, actor, { id: volumeId ?? "" })).toMatchObject({ volumeId });
    return;
  }
  const kept = volumeId ?? now.volume?.id ?? "";
  expect(await disk(kept)).toBe(mark);
  const state = kind.data === "on the retained volume" ? "retained" : "attached";
  expect(await getVolume(deps, actor, { id: kept })).toMatchObject({ state });
  if (kind.data !== "served") return;
  const files = await harness.filesOf(workspace);
  expect(await files.names("/configs")).toContain("workspace.json");
  if (mark !== null) expect((await files.read("/workspace", "/mark.txt")).toString()).toBe(mark);
  expect(now.dataState).toBe("intact");
}

/** Requests the operation while no process runs. */
async function ready(harness: MemoryHarness, kind: Kind, healthy: Replica) {
  if (!kind.request) {
    await healthy.stop();
    const { workspace, operation } = await createWorkspace(harness.deps, harness.actor, newWorkspace());
    return { subject: { workspace, mark: null, volumeId: workspace.volume?.id ?? null }, operation };
  }
  const subject = await prepare(harness, kind);
  await healthy.stop();
  return { subject, operation: await kind.request(harness, subject.workspace) };
}

/**
 * Kills a process once and checks the result. The process that finished the operation is reused to prepare the next
 * case.
 */
async function survive(harness: MemoryHarness, kind: Kind, crash: Crash, healthy: Replica) {
  const { subject, operation } = await ready(harness, kind, healthy);
  const crashed = await runUntilCrash(harness, crash, operation);
  // The leases of the killed process expire.
  await harness.sql("update operations set lease_until = now() where lease_until is not null");
  await harness.sql("update incarnations set claimed_until = now() where claimed_until is not null");
  const survivor = await harness.startReplica();
  await harness.succeeded(operation);
  await until(() => check(harness, kind, subject).then(() => true), "everything is as it should be");
  // Each new process polls and measures all instances, so those of earlier cases would slow down later ones.
  if (kind.machines.length > 0) await harness.deleted(subject.workspace);
  return { crashed, survivor };
}

/** Disables the sweep and the retention, because their writes are not part of the operation and vary between runs. */
const NEVER_SECONDS = 3600;

describe("a process that is killed at any point of", () => {
  test.concurrent.each(KINDS)("$name", { timeout: 900_000 }, async (kind) => {
    await using harness = await openHarness({ started: false, settings: { sweepIntervalSeconds: NEVER_SECONDS } });
    let survivor = await harness.startReplica();
    for (const at of ["before the call", "after the call", "before the write"] as const) {
      // Try each point in turn, until the operation finishes before the process reaches it.
      for (let number = 1, crashed = true; crashed; number += 1) {
        ({ crashed, survivor } = await survive(harness, kind, { at, number }, survivor).catch((error: unknown) => {
          throw new Error(`${kind.name}: crashed ${at} number ${number}`, { cause: error });
        }));
        expect(crashed || number > CRASHES_MIN[at], `it crashed ${at} number ${number}`).toBe(true);
      }
    }
  });
});
