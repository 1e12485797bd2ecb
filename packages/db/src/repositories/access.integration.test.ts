import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { openTestRows, type TestRows } from "../testing/rows.ts";
import {
  dropIdempotencyKey,
  insertSignInCode,
  spendSignInCode,
  storeAnswer,
  sweepAccess,
  takeIdempotencyKey,
} from "./access.ts";
import { claimBrowse, releaseBrowse, unwantBrowse, wantBrowse } from "./incarnations.ts";
import { ensureInstallation } from "./installation.ts";

const keyed = (rows: TestRows, changes: Partial<Parameters<typeof takeIdempotencyKey>[1]> = {}) => ({
  orgId: rows.orgId,
  actorId: "owner",
  key: "k",
  action: "workspaces.create",
  bodyHash: "h",
  leaseSeconds: 60,
  keepHours: 24,
  ...changes,
});

const age = ({ pool }: TestRows, column: string, interval: string) =>
  pool.query(`update idempotency_keys set ${column} = now() - interval '${interval}'`);

describe("an idempotency key", () => {
  test("is taken by exactly one of ten requests at once", async () => {
    await using rows = await openTestRows();
    const taken = await Promise.all(Array.from({ length: 10 }, () => takeIdempotencyKey(rows.db, keyed(rows))));
    expect(taken.filter((each) => each.taken)).toHaveLength(1);
  });

  test("hands out the first answer, whatever is asked under it", async () => {
    await using rows = await openTestRows();
    await takeIdempotencyKey(rows.db, keyed(rows));
    await storeAnswer(rows.db, keyed(rows), { ok: true, output: 1 });
    const other = await takeIdempotencyKey(rows.db, keyed(rows, { bodyHash: "other" }));
    expect(other).toMatchObject({ taken: false, stored: { bodyHash: "h", answer: { ok: true, output: 1 } } });
  });

  test("of a request that died is taken over by the same request, once, and by no other", async () => {
    await using rows = await openTestRows();
    await takeIdempotencyKey(rows.db, keyed(rows));
    expect(await takeIdempotencyKey(rows.db, keyed(rows))).toMatchObject({ taken: false, stored: { answer: null } });
    await age(rows, "lease_until", "1 second");
    expect((await takeIdempotencyKey(rows.db, keyed(rows, { bodyHash: "other" }))).taken).toBe(false);
    const heirs = await Promise.all(Array.from({ length: 10 }, () => takeIdempotencyKey(rows.db, keyed(rows))));
    expect(heirs.filter((each) => each.taken)).toHaveLength(1);
  });

  test("is free again after a day, and an answered one is not before", async () => {
    await using rows = await openTestRows();
    await takeIdempotencyKey(rows.db, keyed(rows));
    await storeAnswer(rows.db, keyed(rows), { ok: true, output: 1 });
    await age(rows, "lease_until", "1 hour");
    await age(rows, "created_at", "23 hours");
    await sweepAccess(rows.db, 24);
    expect((await takeIdempotencyKey(rows.db, keyed(rows, { bodyHash: "other" }))).taken).toBe(false);
    await age(rows, "created_at", "25 hours");
    expect((await takeIdempotencyKey(rows.db, keyed(rows, { bodyHash: "other" }))).taken).toBe(true);
    expect(await takeIdempotencyKey(rows.db, keyed(rows))).toMatchObject({ stored: { answer: null } });
  });

  test("is another one for another actor, and free when it was dropped", async () => {
    await using rows = await openTestRows();
    await takeIdempotencyKey(rows.db, keyed(rows));
    expect((await takeIdempotencyKey(rows.db, keyed(rows, { actorId: "token:1" }))).taken).toBe(true);
    expect((await takeIdempotencyKey(rows.db, keyed(rows, { orgId: randomUUID() }))).taken).toBe(true);
    await dropIdempotencyKey(rows.db, keyed(rows));
    expect((await takeIdempotencyKey(rows.db, keyed(rows))).taken).toBe(true);
  });
});

test("a sign-in code is spent once, by one of many, and not after its time", async () => {
  await using rows = await openTestRows();
  await insertSignInCode(rows.db, "good", 60);
  await insertSignInCode(rows.db, "late", -1);
  const spent = await Promise.all(Array.from({ length: 10 }, () => spendSignInCode(rows.db, "good")));
  expect(spent.filter(Boolean)).toHaveLength(1);
  expect(await spendSignInCode(rows.db, "late")).toBe(false);
  expect(await spendSignInCode(rows.db, "unknown")).toBe(false);
});

test("two first starts agree on who the installation is", async () => {
  await using rows = await openTestRows();
  const all = await Promise.all(Array.from({ length: 8 }, () => ensureInstallation(rows.db)));
  expect(new Set(all.map(({ id, orgId, tunnelSecret }) => `${id} ${orgId} ${tunnelSecret}`)).size).toBe(1);
});

describe("a browse instance", () => {
  const want = { workspaceId: randomUUID(), volumeId: randomUUID(), backend: "memory" as const, wantedSeconds: 60 };

  test("is one for all who ask, and wanted until the last of them is done", async () => {
    await using rows = await openTestRows();
    const asked = await Promise.all([1, 2, 3, 4].map(() => wantBrowse(rows.db, want)));
    expect(new Set(asked.map(({ id }) => id)).size).toBe(1);
    const shorter = await wantBrowse(rows.db, { ...want, wantedSeconds: 1 });
    expect(shorter.wantedUntil?.getTime()).toBeGreaterThanOrEqual(asked[0]?.wantedUntil?.getTime() ?? Number.NaN);
  });

  test("is claimed by one, to be made and later to be removed", async () => {
    await using rows = await openTestRows();
    const { id } = await wantBrowse(rows.db, want);
    const claims = await Promise.all(
      [1, 2, 3, 4].map(() => claimBrowse(rows.db, { leaseSeconds: 60, exceptBackends: [] })),
    );
    expect(claims.flat().map((row) => row.id)).toEqual([id]);
    await releaseBrowse(rows.db, id, true);
    expect(await claimBrowse(rows.db, { leaseSeconds: 60, exceptBackends: [] })).toEqual([]);
    await unwantBrowse(rows.db, want.volumeId);
    expect((await claimBrowse(rows.db, { leaseSeconds: 60, exceptBackends: [] })).map((row) => row.id)).toEqual([id]);
  });

  test("whose maker died is claimed again", async () => {
    await using rows = await openTestRows();
    await wantBrowse(rows.db, want);
    expect(await claimBrowse(rows.db, { leaseSeconds: -1, exceptBackends: [] })).toHaveLength(1);
    expect(await claimBrowse(rows.db, { leaseSeconds: 60, exceptBackends: [] })).toHaveLength(1);
  });
});
