import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { openTestRows, type TestRows } from "../testing/rows.ts";
import {
  claimIdempotencyKey,
  deleteIdempotencyKey,
  endKeyLeases,
  findSession,
  insertSession,
  insertSignInCode,
  type KeyClaim,
  redeemSignInCode,
  storeResponse,
  sweepAccess,
} from "./access.ts";
import { claimBrowse, releaseBrowse, requestBrowse, withdrawBrowse } from "./incarnations.ts";
import { ensureInstallation } from "./installation.ts";
import { recordHeartbeat } from "./replicas.ts";

const keyed = (rows: TestRows, changes: Partial<Parameters<typeof claimIdempotencyKey>[1]> = {}) => ({
  orgId: rows.orgId,
  actorId: "owner",
  key: "k",
  action: "workspaces.create",
  bodyHash: "h",
  leaseOwner: "00000000-0000-4000-8000-000000000001",
  leaseSeconds: 60,
  keepHours: 24,
  ...changes,
});

const claimer = { backends: [], deadReplicas: [] };

/** Claims a key that must be free. */
async function claimKey(rows: TestRows, changes: Parameters<typeof keyed>[1] = {}): Promise<KeyClaim> {
  const found = await claimIdempotencyKey(rows.db, keyed(rows, changes));
  if (!found.taken) throw new Error("The key is taken.");
  return found.claim;
}

const age = ({ pool }: TestRows, column: string, interval: string) =>
  pool.query(`update idempotency_keys set ${column} = now() - interval '${interval}'`);

describe("idempotency key", () => {
  test("is claimed by exactly one of ten concurrent requests", async () => {
    await using rows = await openTestRows();
    const taken = await Promise.all(Array.from({ length: 10 }, () => claimIdempotencyKey(rows.db, keyed(rows))));
    expect(taken.filter((each) => each.taken)).toHaveLength(1);
  });

  test("returns the first response, even for a different request", async () => {
    await using rows = await openTestRows();
    await storeResponse(rows.db, await claimKey(rows), { ok: true, output: 1 });
    const other = await claimIdempotencyKey(rows.db, keyed(rows, { bodyHash: "other" }));
    expect(other).toMatchObject({ taken: false, stored: { bodyHash: "h", response: { ok: true, output: 1 } } });
  });

  test("of a dead request is taken over once by the same request, and never by a different one", async () => {
    await using rows = await openTestRows();
    await claimIdempotencyKey(rows.db, keyed(rows));
    expect(await claimIdempotencyKey(rows.db, keyed(rows))).toMatchObject({ taken: false, stored: { response: null } });
    await age(rows, "lease_until", "1 second");
    expect((await claimIdempotencyKey(rows.db, keyed(rows, { bodyHash: "other" }))).taken).toBe(false);
    const successors = await Promise.all(Array.from({ length: 10 }, () => claimIdempotencyKey(rows.db, keyed(rows))));
    expect(successors.filter((each) => each.taken)).toHaveLength(1);
  });

  test("keeps the claim and the response of the retry that took it over from a request without a lease", async () => {
    await using rows = await openTestRows();
    const late = await claimKey(rows);
    await age(rows, "created_at", "3 minutes");
    await age(rows, "lease_until", "1 minute");
    const successor = await claimKey(rows);
    await deleteIdempotencyKey(rows.db, late);
    await storeResponse(rows.db, late, { ok: true, output: "late" });
    expect(await claimIdempotencyKey(rows.db, keyed(rows))).toMatchObject({ taken: false, stored: { response: null } });
    await storeResponse(rows.db, successor, { ok: true, output: "adopter" });
    await storeResponse(rows.db, late, { ok: true, output: "late" });
    const stored = { response: { ok: true, output: "adopter" } };
    expect(await claimIdempotencyKey(rows.db, keyed(rows))).toMatchObject({ taken: false, stored });
  });

  test("of a process that is known to have ended is free at once; keys of other processes are not", async () => {
    await using rows = await openTestRows();
    const [ended, other] = [randomUUID(), randomUUID()];
    await claimIdempotencyKey(rows.db, keyed(rows, { leaseOwner: ended }));
    await claimIdempotencyKey(rows.db, keyed(rows, { key: "other", leaseOwner: other }));
    const responded = await claimKey(rows, { key: "responded", leaseOwner: ended });
    await storeResponse(rows.db, responded, { ok: true, output: 1 });
    await endKeyLeases(rows.db, ended);
    expect((await claimIdempotencyKey(rows.db, keyed(rows, { leaseOwner: ended }))).taken).toBe(true);
    expect((await claimIdempotencyKey(rows.db, keyed(rows, { key: "other" }))).taken).toBe(false);
    expect((await claimIdempotencyKey(rows.db, keyed(rows, { key: "responded" }))).taken).toBe(false);
  });

  test("is free again after a day, and not earlier once it has a response", async () => {
    await using rows = await openTestRows();
    await storeResponse(rows.db, await claimKey(rows), { ok: true, output: 1 });
    await age(rows, "lease_until", "1 hour");
    await age(rows, "created_at", "23 hours");
    await sweepAccess(rows.db, 24);
    expect((await claimIdempotencyKey(rows.db, keyed(rows, { bodyHash: "other" }))).taken).toBe(false);
    await age(rows, "created_at", "25 hours");
    expect((await claimIdempotencyKey(rows.db, keyed(rows, { bodyHash: "other" }))).taken).toBe(true);
    expect(await claimIdempotencyKey(rows.db, keyed(rows))).toMatchObject({ stored: { response: null } });
  });

  test("is separate per actor and org, and free after it was dropped", async () => {
    await using rows = await openTestRows();
    const claim = await claimKey(rows);
    expect((await claimIdempotencyKey(rows.db, keyed(rows, { actorId: "token:1" }))).taken).toBe(true);
    expect((await claimIdempotencyKey(rows.db, keyed(rows, { orgId: randomUUID() }))).taken).toBe(true);
    await deleteIdempotencyKey(rows.db, claim);
    expect((await claimIdempotencyKey(rows.db, keyed(rows))).taken).toBe(true);
  });
});

test("a sign-in code is accepted once, by one of many requests, and not after it has expired", async () => {
  await using rows = await openTestRows();
  await insertSignInCode(rows.db, "good", 60);
  await insertSignInCode(rows.db, "late", -1);
  const spent = await Promise.all(Array.from({ length: 10 }, () => redeemSignInCode(rows.db, "good")));
  expect(spent.filter(Boolean)).toHaveLength(1);
  expect(await redeemSignInCode(rows.db, "late")).toBe(false);
  expect(await redeemSignInCode(rows.db, "unknown")).toBe(false);
});

describe("after the clock was set back", () => {
  const setBack = ({ pool }: TestRows, table: string, interval: string) =>
    pool.query(`update ${table} set created_at = created_at + $1, expires_at = expires_at + $1`, [interval]);

  test("a sign-in code is valid for at most ten more minutes", async () => {
    await using rows = await openTestRows();
    for (const code of ["first", "second"]) await insertSignInCode(rows.db, code, 600);
    await setBack(rows, "sign_in_codes", "9 minutes");
    expect(await redeemSignInCode(rows.db, "first")).toBe(true);
    await setBack(rows, "sign_in_codes", "9 minutes");
    expect(await redeemSignInCode(rows.db, "second")).toBe(false);
  });

  test("a session is valid for at most one more day, and never afterwards", async () => {
    await using rows = await openTestRows();
    await insertSession(rows.db, { hash: "h", orgId: rows.orgId, tokenId: null, seconds: 30 * 86_400 });
    await setBack(rows, "sessions", "23 hours");
    expect(await findSession(rows.db, "h")).toMatchObject({ hash: "h" });
    await setBack(rows, "sessions", "23 hours");
    expect(await findSession(rows.db, "h")).toBeUndefined();
    await sweepAccess(rows.db, 24);
    expect((await rows.pool.query("select from sessions")).rowCount).toBe(0);
  });

  test("the response of an idempotency key is kept for at most twice its time", async () => {
    await using rows = await openTestRows();
    await storeResponse(rows.db, await claimKey(rows), { ok: true, output: 1 });
    await age(rows, "created_at", "-23 hours");
    await sweepAccess(rows.db, 24);
    expect((await claimIdempotencyKey(rows.db, keyed(rows))).taken).toBe(false);
    await age(rows, "created_at", "-25 hours");
    await sweepAccess(rows.db, 24);
    expect((await claimIdempotencyKey(rows.db, keyed(rows))).taken).toBe(true);
  });

  test("a browse instance is wanted for at most one more hour", async () => {
    await using rows = await openTestRows();
    const want = {
      workspaceId: randomUUID(),
      volumeId: randomUUID(),
      backend: "memory" as const,
      requestedSeconds: 60,
    };
    const { id } = await requestBrowse(rows.db, want);
    await releaseBrowse(rows.db, id, true);
    const claim = () => claimBrowse(rows.db, { leaseSeconds: 60, claimer });
    await rows.pool.query("update incarnations set wanted_until = now() + interval '59 minutes'");
    expect(await claim()).toEqual([]);
    await rows.pool.query("update incarnations set wanted_until = now() + interval '61 minutes'");
    expect((await claim()).map((row) => row.id)).toEqual([id]);
    expect((await requestBrowse(rows.db, want)).wantedUntil?.getTime()).toBeLessThan(Date.now() + 120_000);
  });
});

test("concurrent first starts agree on the identity of the installation", async () => {
  await using rows = await openTestRows();
  const all = await Promise.all(Array.from({ length: 8 }, () => ensureInstallation(rows.db)));
  expect(new Set(all.map(({ id, orgId, tunnelSecret }) => `${id} ${orgId} ${tunnelSecret}`)).size).toBe(1);
});

describe("browse instance", () => {
  const want = { workspaceId: randomUUID(), volumeId: randomUUID(), backend: "memory" as const, requestedSeconds: 60 };

  test("is shared by all callers and wanted until the latest of their times", async () => {
    await using rows = await openTestRows();
    const asked = await Promise.all([1, 2, 3, 4].map(() => requestBrowse(rows.db, want)));
    expect(new Set(asked.map(({ id }) => id)).size).toBe(1);
    const shorter = await requestBrowse(rows.db, { ...want, requestedSeconds: 1 });
    expect(shorter.wantedUntil?.getTime()).toBeGreaterThanOrEqual(asked[0]?.wantedUntil?.getTime() ?? Number.NaN);
  });

  test("is left to the replica that alone serves its backend, even one that has just started", async () => {
    await using rows = await openTestRows();
    const { id } = await requestBrowse(rows.db, want);
    const other = { id: randomUUID(), url: null, backends: ["memory" as const], dataDirectory: "/", tunnelFolder: "/" };
    await recordHeartbeat(rows.db, other);
    expect(await claimBrowse(rows.db, { leaseSeconds: 60, claimer })).toEqual([]);
    const dead = { ...claimer, deadReplicas: [other.id] };
    expect((await claimBrowse(rows.db, { leaseSeconds: 60, claimer: dead })).map((row) => row.id)).toEqual([id]);
  });

  test("is claimed by one worker, first to create and later to remove it", async () => {
    await using rows = await openTestRows();
    const { id } = await requestBrowse(rows.db, want);
    const claims = await Promise.all([1, 2, 3, 4].map(() => claimBrowse(rows.db, { leaseSeconds: 60, claimer })));
    expect(claims.flat().map((row) => row.id)).toEqual([id]);
    await releaseBrowse(rows.db, id, true);
    expect(await claimBrowse(rows.db, { leaseSeconds: 60, claimer })).toEqual([]);
    await withdrawBrowse(rows.db, want.volumeId);
    expect((await claimBrowse(rows.db, { leaseSeconds: 60, claimer })).map((row) => row.id)).toEqual([id]);
  });

  test("is claimed again when its claim has expired", async () => {
    await using rows = await openTestRows();
    await requestBrowse(rows.db, want);
    expect(await claimBrowse(rows.db, { leaseSeconds: -1, claimer })).toHaveLength(1);
    expect(await claimBrowse(rows.db, { leaseSeconds: 60, claimer })).toHaveLength(1);
  });
});
