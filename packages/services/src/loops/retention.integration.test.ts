import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Sentinels } from "@berth/backends/testing";
import type { Workspace } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { listEvents } from "../events/feed.ts";
import { type MemoryHarness, openHarness, problem, type ReplicaOptions, until } from "../testing/index.ts";
import { getReceipt } from "../volumes/volumes.ts";
import { type ClockReading, confirmRetention, readSystemClock, retentionNow } from "./expiry-hold.ts";

const HOUR_MS = 3_600_000;

/** A deleted workspace whose data is in its grace time. */
async function retained(harness: MemoryHarness): Promise<{ workspace: Workspace; planted: Sentinels }> {
  const workspace = await harness.online({ compute: { dataPersistence: "auto" } });
  const planted = await Sentinels.plant(await harness.filesOf(workspace), "/workspace");
  await harness.deleted(workspace);
  return { workspace, planted };
}

/** Copies the tables about workspaces. @returns a function that restores them, as a database backup would. */
async function dump({ sql }: MemoryHarness): Promise<() => Promise<void>> {
  const tables = ["workspaces", "volumes", "incarnations", "operations", "erase_orders"];
  for (const table of tables) await sql(`create table old_${table} as table ${table}`);
  return async () => {
    await sql(`
      begin;
      set local session_replication_role = replica;
      ${tables.map((table) => `delete from ${table}; insert into ${table} select * from old_${table};`).join("\n")}
      commit;
    `);
  };
}

/** Options for a replica whose clocks the test sets. */
function jumpingClock(): { clock: { jumpMs: number; readings: number }; options: ReplicaOptions } {
  const clock = { jumpMs: 0, readings: 0 };
  const readClock = async (db: Parameters<typeof readSystemClock>[0]): Promise<ClockReading> => {
    clock.readings += 1;
    const { databaseMs, processMs, monotonicMs } = await readSystemClock(db);
    return { databaseMs: databaseMs + clock.jumpMs, processMs: processMs + clock.jumpMs, monotonicMs };
  };
  return { clock, options: { reconciler: { readClock } } };
}

const waitForRuns = async (clock: { readings: number }) => {
  const enough = clock.readings + 4;
  await until(async () => clock.readings >= enough, "the retention loop runs");
};

const held = (harness: MemoryHarness, workspace: Workspace) =>
  until(async () => (await harness.volumeOf(workspace)).heldBecause, "the volume is held");

async function expectKept(harness: MemoryHarness, { workspace, planted }: Awaited<ReturnType<typeof retained>>) {
  expect(await harness.volumeOf(workspace)).toMatchObject({ state: "retained" });
  const restored = await harness.restored(workspace);
  expect(await planted.found(await harness.filesOf(restored))).toEqual(planted.planted);
  expect(await harness.volumeOf(restored)).toMatchObject({ state: "attached", heldBecause: null });
}

describe("an expired deadline", () => {
  test("erases nothing after the database was restored to a time before the data was used again", async () => {
    await using harness = await openHarness({ started: false, settings: { sweepMinAgeSeconds: 3600 } });
    const replica = await harness.startReplica();
    const { workspace } = await retained(harness);
    const putBack = await dump(harness);
    const restored = await harness.restored(workspace);
    const files = await harness.filesOf(restored);
    const planted = await Sentinels.plant(files, "/workspace");
    await replica.stop();
    await putBack();
    await harness.sql("update volumes set retained_until = now() - interval '1 second'");
    await harness.startReplica();
    const { because, since } = await until(
      async () => (await retentionNow(harness.deps)).hold,
      "the expiry is on hold",
    );
    expect(because).toContain("The database is older than the data");
    // After the operator's confirmation, the instance and the manifest still prevent the expiry.
    await confirmRetention(harness.deps, harness.actor, { since });
    expect(await held(harness, workspace)).toMatch(/machine .* uses it/);
    expect(await planted.found(files)).toEqual(planted.planted);
    await expect(getReceipt(harness.deps, harness.actor, { id: workspace.volume?.id ?? "" })).rejects.toThrow();
  });

  test.each([
    ["no manifest", null, "no manifest"],
    ["another workspace", { workspaceId: "00000000-0000-4000-8000-000000000009" }, "another workspace"],
    ["a later generation", { generation: 99 }, "generation 99"],
    ["another deadline", { retainedUntil: null }, "another deadline"],
  ])("is ignored while the manifest has %s", async (_, change, because) => {
    await using harness = await openHarness();
    const kept = await retained(harness);
    const id = kept.workspace.volume?.id ?? "";
    const { manifest = null } = (await harness.backend.volumes.survey()).get(id) ?? {};
    if (change && manifest) await harness.backend.volumes.writeManifest(id, { ...manifest, ...change });
    if (!change) harness.backend.faults.loseManifest(id);
    await harness.sql("update volumes set retained_until = now() - interval '1 second'");
    expect(await held(harness, kept.workspace)).toContain(because);
    const { items } = await listEvents(harness.deps, harness.actor, { limit: 500, types: ["volume.state_changed"] });
    expect(items.at(-1)?.data).toMatchObject({ volumeId: id, heldBecause: expect.stringContaining(because) });
    await expectKept(harness, kept);
  });

  test("is ignored when files have changed since it was set", async () => {
    await using harness = await openHarness({ started: false });
    const replica = await harness.startReplica();
    const kept = await retained(harness);
    await replica.stop();
    await harness.endGrace();
    const folder = harness.backend.faults.partOf(kept.workspace.volume?.id ?? "", "workspace");
    await writeFile(join(folder, "later.txt"), "later");
    await harness.startReplica();
    expect(await held(harness, kept.workspace)).toContain("changed since");
  });

  test("is checked again before the erase, and the order is withdrawn", async () => {
    await using harness = await openHarness({ started: false });
    const clocked = await harness.startReplica();
    const kept = await retained(harness);
    await clocked.stop();
    await harness.endGrace();
    const id = kept.workspace.volume?.id ?? "";
    let surveys = 0;
    await harness.startReplica({
      changeGateway: (gateway) => ({
        ...gateway,
        async surveyVolumes(kind) {
          const surveyed = new Map(await gateway.surveyVolumes(kind));
          const orders = await harness.sql("select 1 from erase_orders where volume_id = $1", [id]);
          const { manifest = null } = surveyed.get(id) ?? {};
          if (orders.length === 0 || manifest === null) return surveyed;
          surveys += 1;
          return surveyed.set(id, { missingParts: [], manifest: { ...manifest, generation: 98 } });
        },
      }),
    });
    expect(await held(harness, kept.workspace)).toContain("generation 98");
    expect(surveys).toBeGreaterThan(0);
    expect(await harness.sql("select 1 from erase_orders where volume_id = $1", [id])).toEqual([]);
  });
});

describe("the expiry is on hold", () => {
  test.each([
    [96, "The clock jumped ahead by 96.0 hours."],
    [-96, "The clock jumped back by 96.0 hours."],
  ])("after the clock has jumped by %i hours, until an operator confirms", async (hours, because) => {
    await using harness = await openHarness({ started: false });
    const { clock, options } = jumpingClock();
    await harness.startReplica(options);
    const { workspace } = await retained(harness);
    await waitForRuns(clock);
    clock.jumpMs = hours * HOUR_MS;
    const { since } = await until(async () => (await retentionNow(harness.deps)).hold, "the expiry is on hold");
    await harness.endGrace();
    await waitForRuns(clock);
    expect(await harness.volumeOf(workspace)).toMatchObject({ state: "retained", heldBecause: null });
    const { items } = await listEvents(harness.deps, harness.actor, { limit: 500, types: ["retention.held"] });
    expect(items).toMatchObject([{ data: { because } }]);
    expect(await confirmRetention(harness.deps, harness.actor, { since })).toEqual({ hold: null });
    await until(async () => (await harness.volumeOf(workspace)).state === "erased", "it expires");
  });

  test("until the operator confirms the current hold; confirming an earlier one is rejected", async () => {
    await using harness = await openHarness({ started: false });
    const { clock, options } = jumpingClock();
    await harness.startReplica(options);
    const { workspace } = await retained(harness);
    await waitForRuns(clock);
    clock.jumpMs = 96 * HOUR_MS;
    const seen = await until(async () => (await retentionNow(harness.deps)).hold, "the expiry is on hold");
    await harness.endGrace();
    clock.jumpMs = -96 * HOUR_MS;
    const present = await until(async () => {
      const { hold } = await retentionNow(harness.deps);
      return hold?.because === seen.because ? null : hold;
    }, "the hold has another reason");
    const { since, because } = present;
    const confirm = (stale: string) => confirmRetention(harness.deps, harness.actor, { since: stale });
    await expect(confirm(seen.since)).rejects.toEqual(
      problem({ code: "precondition_failed", details: { since, because } }),
    );
    await waitForRuns(clock);
    expect((await retentionNow(harness.deps)).hold).toMatchObject({ since, because });
    expect(await harness.volumeOf(workspace)).toMatchObject({ state: "retained" });
    expect(await confirm(since)).toEqual({ hold: null });
    // Confirming again is not an error.
    expect(await confirm(since)).toEqual({ hold: null });
  });

  test("when the clock jumps between reading the clock and reading the deadlines", async () => {
    await using harness = await openHarness({ started: false });
    const first = await harness.startReplica();
    const { workspace } = await retained(harness);
    await first.stop();
    let jumpMs = 0;
    const readClock = async (db: Parameters<typeof readSystemClock>[0]): Promise<ClockReading> => {
      const { databaseMs, processMs, monotonicMs } = await readSystemClock(db);
      const read = { databaseMs: databaseMs + jumpMs, processMs: processMs + jumpMs, monotonicMs };
      // All deadlines pass right after this reading.
      if (jumpMs === 0) await harness.endGrace();
      jumpMs = 96 * HOUR_MS;
      return read;
    };
    await harness.startReplica({ reconciler: { readClock } });
    await until(async () => (await retentionNow(harness.deps)).hold, "the expiry is on hold");
    expect(await harness.volumeOf(workspace)).toMatchObject({ state: "retained" });
    expect(await harness.sql("select 1 from erase_orders")).toEqual([]);
  });

  test.each([
    ["down for four days", "- interval '4 days'", "down for 96"],
    ["started with a clock that is four days behind", "+ interval '4 days'", "96.0 hours behind"],
  ])("when Berth was %s, until it has been up for the waiting time", async (_, interval, because) => {
    await using harness = await openHarness({ started: false });
    const first = await harness.startReplica();
    const { workspace } = await retained(harness);
    await first.stop();
    await harness.sql(`update retention set last_seen_at = now() ${interval}`);
    await harness.endGrace();
    const { clock, options } = jumpingClock();
    await harness.startReplica(options);
    const hold = await until(async () => (await retentionNow(harness.deps)).hold, "the expiry is on hold");
    expect(hold).toMatchObject({ because: expect.stringContaining(because), waitSecondsMax: 72 * 3600 });
    await waitForRuns(clock);
    expect(await harness.volumeOf(workspace)).toMatchObject({ state: "retained" });
    await harness.sql("update retention set waited_seconds = $1", [72 * 3600]);
    await until(async () => (await harness.volumeOf(workspace)).state === "erased", "it expires");
    expect(await retentionNow(harness.deps)).toEqual({ hold: null });
  });
});
