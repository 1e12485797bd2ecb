import { randomUUID } from "node:crypto";
import { LIVE_STATUSES, WORKSPACE_STATUSES } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { violatesUnique } from "../database.ts";
import { openTestRows } from "../testing/rows.ts";
import { insertIncarnation, writeIntent } from "./requests.ts";
import { moveStatus, recordHeartbeats } from "./workspace-lifecycle.ts";
import {
  findOwnedWorkspace,
  findWorkspace,
  listAncestors,
  listTeam,
  listWorkspaceViews,
  saveLayout,
} from "./workspaces.ts";

const taken = async (insert: Promise<unknown>): Promise<boolean> =>
  violatesUnique(await insert.catch((error: unknown) => error), "workspaces_live_name");

describe("live name", () => {
  test("is unique among siblings, at the top level and below a parent", async () => {
    await using rows = await openTestRows();
    const parent = await rows.workspace({ name: "p" });
    const other = await rows.workspace({ name: "q" });
    await rows.workspace({ name: "a" });
    await rows.workspace({ name: "a", parentId: parent.id });
    await rows.workspace({ name: "a", parentId: other.id });
    expect(await taken(rows.workspace({ name: "a" }))).toBe(true);
    expect(await taken(rows.workspace({ name: "a", parentId: parent.id }))).toBe(true);
    await rows.workspace({ name: "A" });
    await rows.workspace({ name: "a", orgId: randomUUID() });
  });

  test("is free again as soon as a delete is requested", async () => {
    await using rows = await openTestRows();
    const { id } = await rows.workspace({ name: "a" });
    await writeIntent(rows.db, id, { desired: "deleted", status: "deleting", incarnationId: null });
    await rows.workspace({ name: "a" });
    const back = writeIntent(rows.db, id, { desired: "running", status: "provisioning" });
    expect(await taken(back)).toBe(true);
  });
});

describe("intent and status", () => {
  test("an intent raises the generation, and a status of an older generation is not written", async () => {
    await using rows = await openTestRows();
    const { id, generation } = await rows.workspace({ status: "provisioning" });
    const moved = await writeIntent(rows.db, id, { desired: "deleted", status: "deleting", incarnationId: null });
    expect(moved.generation).toBe(generation + 1);
    expect(await moveStatus(rows.db, { id, generation }, { status: "online" })).toBeUndefined();
    expect(await findWorkspace(rows.db, id)).toMatchObject({ status: "deleting", desired: "deleted" });
    expect(await moveStatus(rows.db, { id, generation: generation + 1 }, { status: "deleted" })).toBeDefined();
  });

  test("a status is written only from the expected statuses", async () => {
    await using rows = await openTestRows();
    const { id, generation } = await rows.workspace({ status: "paused" });
    const at = { id, generation, from: LIVE_STATUSES };
    expect(await moveStatus(rows.db, at, { status: "offline" })).toBeUndefined();
    expect((await findWorkspace(rows.db, id))?.status).toBe("paused");
  });

  test("statusChangedAt changes only with the status", async () => {
    await using rows = await openTestRows();
    const { id, generation, statusChangedAt } = await rows.workspace({
      status: "online",
      statusChangedAt: new Date(1000),
    });
    const at = { id, generation };
    expect((await moveStatus(rows.db, at, { status: "online" }))?.statusChangedAt).toEqual(statusChangedAt);
    expect((await moveStatus(rows.db, at, { status: "offline" }))?.statusChangedAt).not.toEqual(statusChangedAt);
  });

  test("a new intent clears the restart that was noted for the previous one", async () => {
    await using rows = await openTestRows();
    const { id } = await rows.workspace({ restartAgain: "machine_lost" });
    await writeIntent(rows.db, id, { desired: "deleted", status: "deleting", incarnationId: null });
    expect((await findWorkspace(rows.db, id))?.restartAgain).toBeNull();
  });

  test("a heartbeat counts only for the current incarnation", async () => {
    await using rows = await openTestRows();
    const [current, old] = [randomUUID(), randomUUID()];
    const { id } = await rows.workspace({ incarnationId: current });
    await recordHeartbeats(rows.db, [old]);
    expect((await findWorkspace(rows.db, id))?.lastHeartbeatAt).toBeNull();
    await recordHeartbeats(rows.db, [old, current]);
    expect((await findWorkspace(rows.db, id))?.lastHeartbeatAt).not.toBeNull();
  });
});

describe("constraints on workspaces", () => {
  test.each([
    ["workspaces_status_known", "update workspaces set status = 'stopped'"],
    ["workspaces_desired_known", "update workspaces set desired = 'stopped'"],
    ["workspaces_backend_known", "update workspaces set backend = 'cloud'"],
    ["workspaces_data_state_known", "update workspaces set data_state = 'fine'"],
    ["workspaces_deleted_at", "update workspaces set status = 'deleted', incarnation_id = null"],
    ["workspaces_deleted_at", "update workspaces set deleted_at = now()"],
    ["workspaces_released", "update workspaces set status = 'hibernated'"],
    ["workspaces_released", "update workspaces set status = 'deleted', deleted_at = now()"],
    ["workspaces_volume_id_volumes_id_fk", "update workspaces set volume_id = gen_random_uuid()"],
    ["workspaces_parent_id_workspaces_id_fk", "update workspaces set parent_id = gen_random_uuid()"],
  ])("%s: %s", async (constraint, statement) => {
    await using rows = await openTestRows();
    await rows.workspace({ incarnationId: randomUUID() });
    await expect(rows.pool.query(statement)).rejects.toMatchObject({ constraint });
  });

  test.each(WORKSPACE_STATUSES)("allow the status %s", async (status) => {
    await using rows = await openTestRows();
    const deletedAt = status === "deleted" ? new Date() : null;
    expect((await rows.workspace({ status, deletedAt })).status).toBe(status);
  });
});

describe("teams", () => {
  test("are listed down and up, nearest first, without deleted workspaces", async () => {
    await using rows = await openTestRows();
    const { db, orgId } = rows;
    const top = await rows.workspace();
    const child = await rows.workspace({ parentId: top.id });
    const grandchild = await rows.workspace({ parentId: child.id });
    await rows.workspace({ parentId: top.id, desired: "deleted", status: "deleting" });
    await rows.workspace();
    const ids = (found: { id: string }[]) => found.map(({ id }) => id);
    expect(ids(await listTeam(db, orgId, top.id))).toEqual([top.id, child.id, grandchild.id]);
    expect(ids(await listAncestors(db, orgId, grandchild.id))).toEqual([child.id, top.id]);
    expect(await listAncestors(db, orgId, top.id)).toEqual([]);
    expect(await listTeam(db, randomUUID(), top.id)).toEqual([]);
    expect(await listAncestors(db, randomUUID(), grandchild.id)).toEqual([]);
  });

  test("with a parent cycle do not hang the database", async () => {
    await using rows = await openTestRows();
    const one = await rows.workspace();
    const two = await rows.workspace({ parentId: one.id });
    await rows.pool.query("update workspaces set parent_id = $1 where id = $2", [two.id, one.id]);
    expect((await listTeam(rows.db, rows.orgId, one.id)).length).toBeGreaterThan(0);
    expect((await listAncestors(rows.db, rows.orgId, one.id)).length).toBeGreaterThan(0);
  });
});

describe("listing workspaces", () => {
  test("pages newest first without gaps or repeats while workspaces come and go", async () => {
    await using rows = await openTestRows();
    const { db, orgId } = rows;
    const added: string[] = [];
    for (let index = 0; index < 23; index += 1) {
      added.push((await rows.workspace({ createdAt: new Date(Math.floor(index / 5) * 1000) })).id);
    }
    const seen: string[] = [];
    let before: { createdAt: Date; id: string } | undefined;
    for (;;) {
      const page = await listWorkspaceViews(db, { orgId, includeDeleted: false, limit: 4, before });
      if (page.length === 0) break;
      seen.push(...page.map(({ workspace }) => workspace.id));
      before = page.at(-1)?.workspace;
      await rows.workspace();
      // Delete a workspace that was already listed. The others must not shift past the cursor.
      await writeIntent(db, seen[0] ?? "", { desired: "deleted", status: "deleting", incarnationId: null });
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect([...seen].sort()).toEqual([...added].sort());
  });

  test("filters by status, parent and name, with wildcards taken literally", async () => {
    await using rows = await openTestRows();
    const { db, orgId } = rows;
    const parent = await rows.workspace({ name: "100%_done" });
    const child = await rows.workspace({ name: "child", parentId: parent.id, status: "paused" });
    await rows.workspace({ name: "gone", desired: "deleted", status: "deleted", deletedAt: new Date() });
    const names = async (filter: Partial<Parameters<typeof listWorkspaceViews>[1]>) => {
      const views = await listWorkspaceViews(db, { orgId, includeDeleted: false, limit: 100, ...filter });
      return views.map(({ workspace }) => workspace.name).sort();
    };
    expect(await names({})).toEqual(["100%_done", "child"]);
    expect(await names({ includeDeleted: true })).toEqual(["100%_done", "child", "gone"]);
    expect(await names({ status: "deleted" })).toEqual(["gone"]);
    expect(await names({ status: "paused" })).toEqual(["child"]);
    expect(await names({ parentId: null })).toEqual(["100%_done"]);
    expect(await names({ parentId: parent.id })).toEqual(["child"]);
    expect(await names({ search: "%_" })).toEqual(["100%_done"]);
    expect(await names({ search: "_" })).toEqual(["100%_done"]);
    expect(await names({ search: "CHI" })).toEqual(["child"]);
    expect(await names({ search: "\\" })).toEqual([]);
    expect(await names({ orgId: randomUUID() })).toEqual([]);
    expect(child.parentId).toBe(parent.id);
  });

  test("does not find or move a workspace of another org", async () => {
    await using rows = await openTestRows();
    const { id } = await rows.workspace();
    const otherOrg = randomUUID();
    expect(await findOwnedWorkspace(rows.db, otherOrg, id)).toBeUndefined();
    expect(await saveLayout(rows.db, otherOrg, [{ id, x: 5, y: 5 }])).toEqual([]);
    expect(await saveLayout(rows.db, rows.orgId, [{ id, x: 5, y: 6.5 }])).toEqual([id]);
    expect(await findWorkspace(rows.db, id)).toMatchObject({ x: 5, y: 6.5 });
  });
});

test("a volume has at most one live browse instance, and only browse instances have a wantedUntil", async () => {
  await using rows = await openTestRows();
  const row = { workspaceId: randomUUID(), volumeId: randomUUID(), generation: 0, backend: "memory" as const };
  const browse = { ...row, purpose: "browse" as const, wantedUntil: new Date() };
  await insertIncarnation(rows.db, browse);
  const again = await insertIncarnation(rows.db, browse).catch((error: unknown) => error);
  expect(violatesUnique(again, "incarnations_one_browse")).toBe(true);
  await insertIncarnation(rows.db, { ...browse, endedAt: new Date() });
  await expect(insertIncarnation(rows.db, { ...row, purpose: "browse" })).rejects.toThrow();
  await expect(insertIncarnation(rows.db, { ...row, wantedUntil: new Date() })).rejects.toThrow();
});
