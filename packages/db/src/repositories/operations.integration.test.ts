import { randomUUID } from "node:crypto";
import { OPERATION_KINDS } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { violatesUnique } from "../database.ts";
import { openTestRows, type TestRows } from "../testing/rows.ts";
import { inTransaction } from "../transaction.ts";
import {
  type Claim,
  claimOperation,
  dropLeases,
  findOperation,
  finishOperation,
  listOperations,
  type OperationRow,
  releaseLease,
  renewLeases,
  retryOperation,
  saveSteps,
  supersedeOpen,
} from "./operations.ts";
import { type Claimer, recordHeartbeat, retireReplica } from "./replicas.ts";
import { insertOperation } from "./requests.ts";

const claimant = (changes: Partial<Claim> = {}): Claim => ({
  owner: randomUUID(),
  claimer: { backends: [], deadReplicas: [] },
  leaseSeconds: 60,
  kinds: OPERATION_KINDS,
  ...changes,
});

const expireLeases = ({ pool }: TestRows) =>
  pool.query("update operations set lease_until = now() - interval '1 second' where lease_until is not null");

const done = { status: "succeeded" as const, steps: [], error: null };
const reason = { code: "internal", message: "x", retryable: true, nextAttemptAt: null };

describe("claiming operations", () => {
  test("ten concurrent claimers claim every operation exactly once", async () => {
    await using rows = await openTestRows();
    const count = 200;
    const wanted = new Set<string>();
    for (let index = 0; index < count; index += 1) {
      wanted.add((await rows.operation(await rows.workspace())).id);
    }
    const taken: string[] = [];
    const claimAll = async (claim: Claim) => {
      for (;;) {
        const operation = await claimOperation(rows.db, claim);
        if (!operation) return;
        expect(operation.leaseOwner).toBe(claim.owner);
        taken.push(operation.id);
      }
    };
    await Promise.all(Array.from({ length: 10 }, () => claimAll(claimant())));
    expect(taken).toHaveLength(count);
    expect(new Set(taken)).toEqual(wanted);
  });

  test("a clock set back by two hours delays no operation and ends no lease of a live owner", async () => {
    await using rows = await openTestRows();
    const [queued, retried, held] = [
      await rows.operation(await rows.workspace()),
      await rows.operation(await rows.workspace()),
      await rows.operation(await rows.workspace()),
    ];
    const owner = randomUUID();
    await rows.pool.query("update operations set run_at = now() + interval '2 hours'");
    await rows.pool.query("update operations set attempt = 3 where id <> $1", [queued.id]);
    await rows.pool.query(
      "update operations set status = 'running', lease_owner = $2, lease_until = now() + interval '2 hours' where id = $1",
      [held.id, owner],
    );
    const taken = async (changes: Partial<Claim>) => (await claimOperation(rows.db, claimant(changes)))?.id;
    const first = [await taken({ liveOwners: [owner] }), await taken({ liveOwners: [owner] })];
    expect(first.sort()).toEqual([queued.id, retried.id].sort());
    expect(await taken({ liveOwners: [owner] })).toBeUndefined();
    expect(await taken({})).toBe(held.id);
  });

  test("claims the oldest first, only the given kinds, and none before its time", async () => {
    await using rows = await openTestRows();
    const [first, second, later] = [await rows.workspace(), await rows.workspace(), await rows.workspace()];
    const postponed = await rows.operation(later);
    await rows.pool.query("update operations set run_at = now() + interval '30 seconds', attempt = 1 where id = $1", [
      postponed.id,
    ]);
    const older = await rows.operation(first, { kind: "pause" });
    const newer = await rows.operation(second);
    expect((await claimOperation(rows.db, claimant({ kinds: ["restart"] })))?.id).toBe(newer.id);
    expect(await claimOperation(rows.db, claimant({ kinds: ["restart"] }))).toBeUndefined();
    expect((await claimOperation(rows.db, claimant()))?.id).toBe(older.id);
    expect(await claimOperation(rows.db, claimant())).toBeUndefined();
  });

  test("claims only the given backends, or only all others", async () => {
    await using rows = await openTestRows();
    const [here, there] = [await rows.workspace(), await rows.workspace()];
    await rows.pool.query("update workspaces set backend = 'ec2' where id = $1", [there.id]);
    const [near, far] = [await rows.operation(here), await rows.operation(there)];
    const claimOf = async (included: boolean) =>
      (await claimOperation(rows.db, claimant({ backends: { kinds: ["ec2"], included } })))?.id;
    expect([await claimOf(true), await claimOf(true)]).toEqual([far.id, undefined]);
    expect([await claimOf(false), await claimOf(false)]).toEqual([near.id, undefined]);
  });

  test("leaves a backend that only another replica serves to it, until that replica is dead or has ended", async () => {
    await using rows = await openTestRows();
    const { id } = await rows.operation(await rows.workspace());
    const other = { id: randomUUID(), url: null, backends: ["memory" as const], dataDirectory: "/", tunnelFolder: "/" };
    const isClaimed = async (changes: Partial<Claimer> = {}) => {
      const claim = claimant();
      const operation = await claimOperation(rows.db, { ...claim, claimer: { ...claim.claimer, ...changes } });
      if (!operation) return false;
      expect(operation.id).toBe(id);
      await releaseLease(rows.db, { id, owner: claim.owner, attempt: operation.attempt });
      return true;
    };
    expect(await isClaimed()).toBe(true);
    // The other replica has just started: the claimer has never read its heartbeat.
    await recordHeartbeat(rows.db, other);
    expect(await isClaimed()).toBe(false);
    expect(await isClaimed({ backends: ["memory"] })).toBe(true);
    expect(await isClaimed({ deadReplicas: [other.id] })).toBe(true);
    await recordHeartbeat(rows.db, { ...other, backends: ["local"] });
    expect(await isClaimed()).toBe(true);
    await recordHeartbeat(rows.db, other);
    await retireReplica(rows.db, other.id);
    expect(await isClaimed()).toBe(true);
  });

  test("counts attempts and keeps the start time of the first", async () => {
    await using rows = await openTestRows();
    const { id } = await rows.operation(await rows.workspace());
    const claim = claimant();
    const first = await claimOperation(rows.db, claim);
    await retryOperation(
      rows.db,
      { id, owner: claim.owner, attempt: 1 },
      { delaySeconds: 0, steps: [], error: reason },
    );
    const second = await claimOperation(rows.db, claimant());
    expect([first?.attempt, second?.attempt]).toEqual([1, 2]);
    expect(second?.startedAt).toEqual(first?.startedAt);
  });
});

describe("one operation at a time", () => {
  test("a workspace and a volume have at most one open operation", async () => {
    await using rows = await openTestRows();
    const workspace = await rows.workspace();
    await rows.operation(workspace);
    const again = await rows.operation(workspace, { kind: "pause" }).catch((error: unknown) => error);
    expect(violatesUnique(again, "operations_one_open_per_workspace")).toBe(true);
    const erase = { kind: "erase" as const, workspaceId: null, volumeId: randomUUID() };
    await rows.operation(workspace, erase);
    const eraseAgain = await rows.operation(workspace, erase).catch((error: unknown) => error);
    expect(violatesUnique(eraseAgain, "operations_one_open_per_volume")).toBe(true);
  });

  test("the next operation starts only after the worker of a superseded one has released its lease", async () => {
    await using rows = await openTestRows();
    const workspace = await rows.workspace();
    const old = await rows.operation(workspace);
    const holder = claimant();
    await claimOperation(rows.db, holder);
    expect((await supersedeOpen(rows.db, workspace.id))?.id).toBe(old.id);
    const next = await rows.operation(workspace, { kind: "delete" });
    expect(await claimOperation(rows.db, claimant())).toBeUndefined();
    // The worker is still running: the renewal keeps its lease and reports that the operation was superseded.
    expect(await renewLeases(rows.db, holder.owner, 60)).toEqual([]);
    expect(await claimOperation(rows.db, claimant())).toBeUndefined();
    await releaseLease(rows.db, { id: old.id, owner: holder.owner, attempt: 1 });
    expect((await findOperation(rows.db, rows.orgId, old.id))?.status).toBe("superseded");
    expect((await claimOperation(rows.db, claimant()))?.id).toBe(next.id);
  });

  test("the next operation starts when the lease of a dead worker has expired", async () => {
    await using rows = await openTestRows();
    const workspace = await rows.workspace();
    await rows.operation(workspace);
    await claimOperation(rows.db, claimant());
    await supersedeOpen(rows.db, workspace.id);
    const next = await rows.operation(workspace, { kind: "delete" });
    expect(await claimOperation(rows.db, claimant())).toBeUndefined();
    await expireLeases(rows);
    expect((await claimOperation(rows.db, claimant()))?.id).toBe(next.id);
  });

  test("a claimer does not claim over its own running operation after the clock was set ahead", async () => {
    await using rows = await openTestRows();
    const workspace = await rows.workspace();
    const { id } = await rows.operation(workspace);
    await claimOperation(rows.db, claimant());
    await expireLeases(rows);
    const busy = claimant({ underWay: [id] });
    expect(await claimOperation(rows.db, busy)).toBeUndefined();
    await supersedeOpen(rows.db, workspace.id);
    const next = await rows.operation(workspace, { kind: "delete" });
    expect(await claimOperation(rows.db, busy)).toBeUndefined();
    expect((await claimOperation(rows.db, claimant()))?.id).toBe(next.id);
  });

  test("the lease of a live owner holds after the clock was set ahead", async () => {
    await using rows = await openTestRows();
    const { id } = await rows.operation(await rows.workspace());
    const holder = claimant();
    await claimOperation(rows.db, holder);
    await expireLeases(rows);
    expect(await claimOperation(rows.db, claimant({ liveOwners: [holder.owner] }))).toBeUndefined();
    expect((await claimOperation(rows.db, claimant()))?.id).toBe(id);
  });

  test("eight workers on five workspaces never overlap while operations are superseded", async () => {
    await using rows = await openTestRows();
    const busy = new Set<string>();
    let [overlaps, worked] = [0, 0];
    for (let index = 0; index < 5; index += 1) await rows.operation(await rows.workspace());
    const work = async (claim: Claim) => {
      while (worked < 100) {
        const operation = await claimOperation(rows.db, claim);
        if (!operation?.workspaceId) continue;
        const { id, orgId, workspaceId, attempt } = operation;
        if (busy.has(workspaceId)) overlaps += 1;
        busy.add(workspaceId);
        await inTransaction(rows.db, async (tx) => {
          await supersedeOpen(tx, workspaceId);
          await insertOperation(tx, { orgId, workspaceId, kind: "restart", requestedBy: "test" });
        });
        busy.delete(workspaceId);
        worked += 1;
        await releaseLease(rows.db, { id, owner: claim.owner, attempt });
      }
    };
    await Promise.all(Array.from({ length: 8 }, () => work(claimant())));
    expect(overlaps).toBe(0);
  });
});

describe("operation lease", () => {
  test("is taken over after it has expired, and not before", async () => {
    await using rows = await openTestRows();
    const { id } = await rows.operation(await rows.workspace());
    const [dead, successor] = [claimant(), claimant()];
    await claimOperation(rows.db, dead);
    expect(await claimOperation(rows.db, successor)).toBeUndefined();
    await expireLeases(rows);
    expect(await claimOperation(rows.db, successor)).toMatchObject({ id, leaseOwner: successor.owner, attempt: 2 });
    expect(await renewLeases(rows.db, dead.owner, 60)).toEqual([]);
    expect(await renewLeases(rows.db, successor.owner, 60)).toEqual([id]);
  });

  test("fences every write of a worker that has lost it", async () => {
    await using rows = await openTestRows();
    const { id } = await rows.operation(await rows.workspace());
    const [dead, successor] = [claimant(), claimant()];
    await claimOperation(rows.db, dead);
    await expireLeases(rows);
    const held = await claimOperation(rows.db, successor);
    const step = { name: "late", status: "running" as const, startedAt: "", endedAt: null, message: null };
    // The second one is an earlier claim by the successor itself.
    for (const lost of [
      { id, owner: dead.owner, attempt: 1 },
      { id, owner: successor.owner, attempt: 1 },
    ]) {
      expect(await saveSteps(rows.db, lost, [step])).toBe(false);
      expect(await finishOperation(rows.db, lost, done)).toBe(false);
      expect(await retryOperation(rows.db, lost, { delaySeconds: 0, steps: [step], error: reason })).toBe(false);
      await releaseLease(rows.db, lost);
    }
    await dropLeases(rows.db, dead.owner);
    expect(await findOperation(rows.db, rows.orgId, id)).toEqual(held);
    expect(await finishOperation(rows.db, { id, owner: successor.owner, attempt: 2 }, done)).toBe(true);
  });

  test("does not allow finishing, retrying or writing a superseded operation", async () => {
    await using rows = await openTestRows();
    const workspace = await rows.workspace();
    const { id } = await rows.operation(workspace);
    const { owner, ...claim } = claimant();
    await claimOperation(rows.db, { owner, ...claim });
    await supersedeOpen(rows.db, workspace.id);
    const lease = { id, owner, attempt: 1 };
    expect(await saveSteps(rows.db, lease, [])).toBe(false);
    expect(await finishOperation(rows.db, lease, done)).toBe(false);
    expect(await retryOperation(rows.db, lease, { delaySeconds: 0, steps: [], error: reason })).toBe(false);
    expect((await findOperation(rows.db, rows.orgId, id))?.status).toBe("superseded");
  });

  test("can be released, and the operation is claimed again", async () => {
    await using rows = await openTestRows();
    const { id } = await rows.operation(await rows.workspace());
    const { owner, ...claim } = claimant();
    await claimOperation(rows.db, { owner, ...claim });
    await releaseLease(rows.db, { id, owner, attempt: 1 });
    expect(await findOperation(rows.db, rows.orgId, id)).toMatchObject({ status: "queued", leaseOwner: null });
    expect((await claimOperation(rows.db, claimant()))?.id).toBe(id);
  });

  test("of a process that is known to have ended is dropped; leases of others are not", async () => {
    await using rows = await openTestRows();
    const mine = await rows.operation(await rows.workspace());
    const before = claimant();
    await claimOperation(rows.db, before);
    await rows.operation(await rows.workspace());
    await claimOperation(rows.db, claimant());
    await dropLeases(rows.db, before.owner);
    expect((await claimOperation(rows.db, claimant()))?.id).toBe(mine.id);
    expect(await claimOperation(rows.db, claimant())).toBeUndefined();
  });
});

describe("constraints on operations reject", () => {
  test.each([
    ["operations_kind_known", "update operations set kind = 'explode'"],
    ["operations_status_known", "update operations set status = 'done', finished_at = now()"],
    ["operations_finished", "update operations set status = 'succeeded'"],
    ["operations_finished", "update operations set finished_at = now()"],
    ["operations_subject", "update operations set workspace_id = null"],
    ["operations_subject", "update operations set kind = 'erase'"],
  ])("%s: %s", async (constraint, statement) => {
    await using rows = await openTestRows();
    await rows.operation(await rows.workspace());
    await expect(rows.pool.query(statement)).rejects.toMatchObject({ constraint });
  });
});

describe("listing operations", () => {
  test("pages newest first without gaps or repeats while operations are added", async () => {
    await using rows = await openTestRows();
    const added: OperationRow[] = [];
    for (let index = 0; index < 25; index += 1) added.push(await rows.operation(await rows.workspace()));
    // Many with the same time, so that the id determines the order.
    await rows.pool.query("update operations set created_at = date_trunc('second', created_at)");
    const seen: string[] = [];
    let before: { createdAt: Date; id: string } | undefined;
    for (;;) {
      const page = await listOperations(rows.db, { orgId: rows.orgId, limit: 4, before });
      if (page.length === 0) break;
      seen.push(...page.map(({ id }) => id));
      before = page.at(-1);
      await rows.operation(await rows.workspace());
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(added.filter(({ id }) => !seen.includes(id))).toEqual([]);
  });

  test("does not include other orgs", async () => {
    await using rows = await openTestRows();
    const { id } = await rows.operation(await rows.workspace());
    expect(await listOperations(rows.db, { orgId: randomUUID(), limit: 10 })).toEqual([]);
    expect(await findOperation(rows.db, randomUUID(), id)).toBeUndefined();
  });
});
