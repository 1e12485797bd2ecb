import { findStoreRigs, type StoreKind, type StoreRig } from "@berth/backends/testing";
import { type ClockedServer, startClockedServer, whyNoClockedServer } from "@berth/db/testing";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { retentionNow } from "../loops/expiry-hold.ts";
import { copyDatabase, type Estate, StoreWorld, until } from "../testing/index.ts";

/** Booting instances and starting engines takes long. */
vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });

/**
 * Tests every condition on every backend that keeps data. In each, no data is destroyed, no receipt is false, and one
 * message names the problem and a remedy. A case that this host cannot run prints the reason; with
 * BERTH_TEST_REQUIRE=stores it fails.
 */
type Cell = (world: StoreWorld, kind: StoreKind) => Promise<void>;

const rigs = await findStoreRigs(process.env);
const noClock = whyNoClockedServer();
const isRequired = (process.env.BERTH_TEST_REQUIRE ?? "").split(",").includes("stores");

interface Away {
  begin: (rig: StoreRig) => ReturnType<StoreRig["unmount"]>;
  /** The expected error message of operations. */
  says: Record<StoreKind, RegExp>;
  /** Backends whose health check reports it too. Others notice it only when a change fails. */
  isNoticed: Record<StoreKind, boolean>;
  /** The backend whose instances the condition itself ends: an engine that stops also stops its containers. */
  endsMachines?: StoreKind;
  /** The backend on which a start fails at once: AWS has answered that the credentials may not do it. */
  failsStarts?: StoreKind;
}

const NO_MARK =
  /has no marker of this installation\. .+Until then nothing on it is started, erased or reported as absent\.$/;
const SWAPPED = /is not the one used before\. .+Until then nothing on it is started, erased or reported/;
const EVERYWHERE = { local: true, docker: true, ec2: true };

const AWAY: Record<string, Away> = {
  unmounted: {
    begin: (rig) => rig.unmount(),
    says: { local: NO_MARK, docker: NO_MARK, ec2: /^EC2 does not answer/ },
    isNoticed: EVERYWHERE,
    endsMachines: "docker",
  },
  swapped: {
    begin: (rig) => rig.swap(),
    says: { local: SWAPPED, docker: SWAPPED, ec2: SWAPPED },
    isNoticed: EVERYWHERE,
  },
  "without its mark": {
    begin: (rig) => rig.unmark(),
    says: { local: NO_MARK, docker: NO_MARK, ec2: NO_MARK },
    isNoticed: EVERYWHERE,
  },
  "read-only": {
    begin: (rig) => rig.makeReadOnly(),
    says: {
      local: /read-only.*Mount it for writing/,
      docker: /read-only.*[Mm]ount/,
      ec2: /^The AWS credentials may not do this\. Give them the policy/,
    },
    isNoticed: { local: true, docker: false, ec2: false },
    endsMachines: "docker",
    failsStarts: "ec2",
  },
};

/** Requests and loops while the store is unavailable, before and after a restart of the API, and when it is back. */
const away =
  ({ begin, says, isNoticed, endsMachines, failsStarts }: Away): Cell =>
  async (world, kind) => {
    const { bench } = world;
    const generation = await world.liveGeneration();
    const { retained, expiring, doomed, kept } = await world.furnish();
    const all = [retained, expiring, doomed, kept];
    const passDeadline = await world.endGraceOf(expiring);
    const end = await world.begin(begin);
    if (isNoticed[kind]) {
      const isSaid = async () => says[kind].test((await bench.backend.health()).reason ?? "");
      await until(isSaid, "the backend is not healthy, and says why");
    }
    await passDeadline();
    const erase = await world.erase(retained);
    const remove = await bench.askDelete(doomed.workspace, { eraseData: true });
    const wake = await bench.ask("wake", kept.workspace);
    const expectNothing = async (attempts: number) => {
      await world.expectSentence(erase, says[kind], attempts);
      await world.expectSentence(remove, says[kind], attempts);
      await world.expectSentence(wake, says[kind]);
      await world.loopsTurn();
      await world.expectNoReceipt(...all);
      expect(await bench.current(kept.workspace)).toMatchObject({ dataState: "intact" });
    };
    await expectNothing(1);
    await world.restartApi();
    await expectNothing(3);
    await world.stopApi();
    await end();
    await world.expectBytes(...all);

    if (failsStarts !== kind) await bench.ask("hibernate", kept.workspace, true);
    await world.startApi();
    await world.hurry();
    await world.expectErased(retained, erase);
    await world.expectErased(doomed, remove);
    await world.expectErased(expiring);
    await bench.isStatus(kept.workspace, failsStarts === kind ? "failed" : "hibernated");
    await world.expectNoReceipt(kept);
    await world.expectBytes(kept);
    // No instance was treated as lost.
    const expected = endsMachines === kind ? expect.any(Number) : generation;
    expect(await world.liveGeneration()).toEqual(expected);
  };

const halfDeleted: Cell = async (world) => {
  const { bench } = world;
  const { retained, expiring, kept } = await world.furnish();
  const passDeadline = await world.endGraceOf(expiring);
  await world.rig.losePart(retained.volumeId);
  const ends = [expiring, kept].map(({ volumeId }) => world.begin((rig) => rig.losePart(volumeId)));
  await passDeadline();
  const parts = await until(async () => (await world.volume(kept)).missingParts, "the missing part is named");
  expect(parts).toHaveLength(1);
  expect(await bench.current(kept.workspace)).toMatchObject({ dataState: "missing", volume: { missingParts: parts } });
  const wake = await bench.ended(await bench.ask("wake", kept.workspace));
  expect(wake.error?.message).toMatch(/^\S.+ of the data volume \S+ is missing on the \w+ backend\. Restore it/);
  expect(wake.error?.message).toContain(parts[0]);
  await until(async () => (await world.volume(retained)).missingSince, "the other part is missed");
  await world.expectErased(retained, await world.erase(retained));
  expect((await world.receipt(retained)).notCovered[0]).toMatch(/^The contents of .+: missing since/);
  await world.restartApi();
  await world.loopsTurn();
  await world.expectNoReceipt(expiring, kept);
  await world.stopApi();
  for (const end of ends) await (await end)();
  await world.expectBytes(expiring, kept);

  await world.startApi();
  await until(async () => (await bench.current(kept.workspace)).dataState === "intact", "it is whole again");
  await world.expectErased(expiring);
  expect((await world.receipt(expiring)).notCovered[0]).not.toContain("missing");
  await world.expectBytes(kept);
};

const olderStore: Cell = async (world) => {
  const { bench, rig } = world;
  const { retained, doomed, ...estate } = await world.furnish();
  await world.stopApi();
  const putBack = await rig.copy();
  const expiring = await usedAgain(world, estate.expiring);
  const young = await world.keep("persist");
  const passDeadline = await world.endGraceOf(expiring);
  await world.startApi();
  await world.expectErased(retained, await world.erase(retained));
  await world.stopApi();
  const end = await world.begin(putBack);
  await passDeadline();
  await world.startApi();
  const held = await until(async () => (await world.volume(expiring)).heldBecause, "the volume is held");
  expect(held).toMatch(/^The data was last used in generation 1, the database says 2\.$/);
  await until(async () => (await bench.current(young.workspace)).dataState === "missing", "what is younger is missing");
  const isBack = async () => (await world.volume(retained)).returnedAt;
  await until(isBack, "what was erased is there again");
  await expect(world.receipt(retained)).rejects.toThrow();
  await world.expectErased(doomed, await bench.askDelete(doomed.workspace, { eraseData: true }));
  await world.loopsTurn();
  await world.expectNoReceipt(expiring, young, estate.kept);
  await world.stopApi();
  await end();
  await world.expectBytes(expiring, young, doomed, estate.kept);

  await world.startApi();
  await until(async () => (await bench.current(young.workspace)).dataState === "intact", "all is there again");
  // The erase happened only in the copy, so its receipt is no longer shown.
  await until(async () => (await world.volume(doomed)).state === "quarantined", "the erased data is set aside");
  await world.expectNoReceipt(expiring, young, estate.kept);
  await expect(world.receipt(doomed)).rejects.toThrow();
  await world.expectBytes(expiring, young, doomed, estate.kept);
};

/** Changes the data and its generation, as a restore and another delete would. */
async function usedAgain(world: StoreWorld, data: Estate["expiring"]): Promise<Estate["expiring"]> {
  const used = await world.use(data);
  await world.noteUse(used, { generation: 2, retainedUntil: null });
  return used;
}

const olderDatabase: Cell = async (world) => {
  const { bench } = world;
  const { retained, doomed, ...estate } = await world.furnish();
  await world.stopApi();
  const restore = await copyDatabase(bench);
  const expiring = await usedAgain(world, estate.expiring);
  const kept = await usedAgain(world, estate.kept);
  const young = await world.keep("persist");
  await world.startApi();
  await world.expectErased(retained, await world.erase(retained));
  await world.stopApi();
  await restore();
  await bench.sql("update volumes set retained_until = now() - interval '1 second' where id = $1", [expiring.volumeId]);
  await world.startApi();
  const hold = await until(async () => (await retentionNow(bench.deps)).hold, "the expiry is on hold");
  expect(hold.because).toMatch(/^The database is older than the data: .+ was used after it was written\.$/);
  await until(async () => (await world.volume(young)).state === "quarantined", "the unknown volume is set aside");
  await until(async () => (await world.volume(retained)).missingSince, "what was erased since is missing");
  // After an operator has confirmed, the manifest still prevents the expiry.
  await world.confirmHold();
  const held = await until(async () => (await world.volume(expiring)).heldBecause, "the volume is held");
  expect(held).toBe("The data was last used in generation 2, the database says 1.");
  await world.expectErased(doomed, await bench.askDelete(doomed.workspace, { eraseData: true }));
  await world.restartApi();
  await world.loopsTurn();
  await world.expectNoReceipt(expiring, kept, retained);
  await world.expectBytes(expiring, kept, young);
};

const DAY_SECONDS = 86_400;

/** The clock is wrong while the API runs and at a start, then right again. A deadline is three days ahead. */
const clockOff =
  (setClock: (seconds: number) => Promise<void>, days: number): Cell =>
  async (world) => {
    const { bench } = world;
    const { expiring, doomed, kept } = await world.furnish();
    await world.loopsTurn();
    await setClock(days * DAY_SECONDS);
    const hold = await until(async () => (await retentionNow(bench.deps)).hold, "the expiry is on hold");
    expect(hold.because).toMatch(/^(The clock jumped (ahead|back) by 9[56]\.\d hours|.* 9[56]\.\d hours)/);
    await world.loopsTurn();
    await world.restartApi();
    await world.loopsTurn();
    // A request of a person is carried out, but nothing expires.
    await world.expectErased(doomed, await bench.askDelete(doomed.workspace, { eraseData: true }));
    await world.expectNoReceipt(expiring, kept);
    await setClock(0);
    await world.loopsTurn();
    await world.expectNoReceipt(expiring, kept);
    await until(async () => Math.abs(await clockDifference(world)) < 60, "both clocks agree again");
    await world.restartApi();
    await world.loopsTurn();
    await world.confirmHold();
    await world.loopsTurn();
    expect(await world.volume(expiring)).toMatchObject({ state: "retained", heldBecause: null });
    await world.expectNoReceipt(expiring, kept);
    await world.expectBytes(expiring, kept);
  };

async function clockDifference({ bench }: StoreWorld): Promise<number> {
  const [row] = await bench.sql<{ now: Date }>("select now() as now");
  return ((row?.now.getTime() ?? 0) - RealDate.now()) / 1000;
}

const RealDate = globalThis.Date;

/** Sets the clock of this process, which is that of the API. Files and the database keep theirs. */
async function setProcessClock(seconds: number): Promise<void> {
  const now = () => RealDate.now() + seconds * 1000;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, input) => Reflect.construct(target, input.length === 0 ? [now()] : input),
    get: (target, key) => (key === "now" ? now : Reflect.get(target, key)),
  });
  if (seconds === 0) globalThis.Date = RealDate;
}

let postgres: ClockedServer | undefined;
const setPostgresClock = async (seconds: number): Promise<void> => postgres?.setClockOff(seconds);

const CONDITIONS: readonly { name: string; cell: Cell; reason?: string | null }[] = [
  ...Object.entries(AWAY).map(([what, each]) => ({ name: `the store is ${what}`, cell: away(each) })),
  { name: "volumes are half deleted", cell: halfDeleted },
  { name: "the store is older than the database", cell: olderStore },
  { name: "the database is older than the store", cell: olderDatabase },
  ...[4, -4].flatMap((days) => [
    { name: `the API's clock is ${days} days off`, cell: clockOff(setProcessClock, days) },
    { name: `the clock of Postgres is ${days} days off`, cell: clockOff(setPostgresClock, days), reason: noClock },
  ]),
];

beforeAll(async () => {
  if (noClock === null) postgres = await startClockedServer();
});
afterAll(() => postgres?.[Symbol.asyncDispose]());

describe.each(rigs)("on $kind no data is destroyed and no receipt is false while", ({ kind, reason: noRig, open }) => {
  let world: StoreWorld | undefined;
  beforeAll(async () => {
    if (noRig === null) world = await StoreWorld.open(await open(), postgres?.url);
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  for (const { name, cell: body, reason = null } of CONDITIONS) {
    const whyNot = noRig ?? reason;
    if (whyNot !== null) process.stderr.write(`Skipped: ${name}, on ${kind}. ${whyNot}\n`);
    test.skipIf(whyNot !== null && !isRequired)(name, async () => {
      if (!world || whyNot !== null) throw new Error(`This cell cannot run: ${whyNot}`);
      try {
        await body(world, kind);
        await world.expectLiveIntact();
      } finally {
        await setProcessClock(0);
        await setPostgresClock(0);
        await world.settle();
      }
    });
  }
});
