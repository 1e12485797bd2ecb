import { findTestStores, type StoreKind, type TestStore } from "@berth/backends/testing";
import { type ClockedServer, startClockedServer, whyNoClockedServer } from "@berth/db/testing";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { retentionNow } from "../loops/expiry-hold.ts";
import { copyDatabase, type SeededVolumes, StoreFixture, until } from "../testing/index.ts";

/** Booting instances and starting engines takes long. */
vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });

/**
 * Tests every condition on every backend that keeps data. In every case, no data is destroyed, no receipt is false,
 * and one message names the problem and a remedy. A case that this host cannot run prints the reason; with
 * BERTH_TEST_REQUIRE=stores it fails.
 */
type Cell = (fixture: StoreFixture, kind: StoreKind) => Promise<void>;

const stores = await findTestStores(process.env);
const noClock = whyNoClockedServer();
const isRequired = (process.env.BERTH_TEST_REQUIRE ?? "").split(",").includes("stores");

interface Away {
  begin: (store: TestStore) => ReturnType<TestStore["unmount"]>;
  /** The expected error message of operations. */
  messages: Record<StoreKind, RegExp>;
  /** Backends whose health check reports it too. Others notice it only when a change fails. */
  isNoticed: Record<StoreKind, boolean>;
  /** The backend whose instances end with the condition: an engine that stops also stops its containers. */
  endsMachines?: StoreKind;
  /** The backend where a start fails at once, because AWS has reported that the credentials do not allow it. */
  failsStarts?: StoreKind;
}

const NO_MARKER =
  /has no marker of this installation\. .+Until then nothing on it is started, erased or reported as absent\.$/;
const SWAPPED = /is not the one used before\. .+Until then nothing on it is started, erased or reported/;
const EVERYWHERE = { local: true, docker: true, ec2: true };

const AWAY: Record<string, Away> = {
  unmounted: {
    begin: (store) => store.unmount(),
    messages: { local: NO_MARKER, docker: NO_MARKER, ec2: /^EC2 does not respond/ },
    isNoticed: EVERYWHERE,
    endsMachines: "docker",
  },
  swapped: {
    begin: (store) => store.swap(),
    messages: { local: SWAPPED, docker: SWAPPED, ec2: SWAPPED },
    isNoticed: EVERYWHERE,
  },
  "without its marker": {
    begin: (store) => store.unmark(),
    messages: { local: NO_MARKER, docker: NO_MARKER, ec2: NO_MARKER },
    isNoticed: EVERYWHERE,
  },
  "read-only": {
    begin: (store) => store.makeReadOnly(),
    messages: {
      local: /read-only.*Mount it for writing/,
      docker: /read-only.*[Mm]ount/,
      ec2: /^The AWS credentials do not allow this\. Attach the policy/,
    },
    isNoticed: { local: true, docker: false, ec2: false },
    endsMachines: "docker",
    failsStarts: "ec2",
  },
};

/** Requests and loops while the store is unavailable, before and after a restart of the API, and when it is back. */
const away =
  ({ begin, messages, isNoticed, endsMachines, failsStarts }: Away): Cell =>
  async (fixture, kind) => {
    const { harness } = fixture;
    const generation = await fixture.liveGeneration();
    const { retained, expiring, deletable, kept } = await fixture.seedVolumes();
    const all = [retained, expiring, deletable, kept];
    const passDeadline = await fixture.endGraceOf(expiring);
    const end = await fixture.begin(begin);
    if (isNoticed[kind]) {
      const isReported = async () => messages[kind].test((await harness.backend.health()).reason ?? "");
      await until(isReported, "the backend is not healthy, and says why");
    }
    await passDeadline();
    const erase = await fixture.erase(retained);
    const remove = await harness.requestDelete(deletable.workspace, { eraseData: true });
    const wake = await harness.request("wake", kept.workspace);
    const expectNothing = async (attempts: number) => {
      await fixture.expectMessage(erase, messages[kind], attempts);
      await fixture.expectMessage(remove, messages[kind], attempts);
      await fixture.expectMessage(wake, messages[kind]);
      await fixture.runLoops();
      await fixture.expectNoReceipt(...all);
      expect(await harness.current(kept.workspace)).toMatchObject({ dataState: "intact" });
    };
    await expectNothing(1);
    await fixture.restartApi();
    await expectNothing(3);
    await fixture.stopApi();
    await end();
    await fixture.expectBytes(...all);

    if (failsStarts !== kind) await harness.request("hibernate", kept.workspace, true);
    await fixture.startApi();
    await fixture.retryNow();
    await fixture.expectErased(retained, erase);
    await fixture.expectErased(deletable, remove);
    await fixture.expectErased(expiring);
    await harness.isStatus(kept.workspace, failsStarts === kind ? "failed" : "hibernated");
    await fixture.expectNoReceipt(kept);
    await fixture.expectBytes(kept);
    // No instance was treated as lost.
    const expected = endsMachines === kind ? expect.any(Number) : generation;
    expect(await fixture.liveGeneration()).toEqual(expected);
  };

const halfDeleted: Cell = async (fixture) => {
  const { harness } = fixture;
  const { retained, expiring, kept } = await fixture.seedVolumes();
  const passDeadline = await fixture.endGraceOf(expiring);
  await fixture.store.losePart(retained.volumeId);
  const ends = [expiring, kept].map(({ volumeId }) => fixture.begin((store) => store.losePart(volumeId)));
  await passDeadline();
  const parts = await until(async () => (await fixture.volume(kept)).missingParts, "the missing part is named");
  expect(parts).toHaveLength(1);
  expect(await harness.current(kept.workspace)).toMatchObject({
    dataState: "missing",
    volume: { missingParts: parts },
  });
  const wake = await harness.ended(await harness.request("wake", kept.workspace));
  expect(wake.error?.message).toMatch(/^\S.+ of the data volume \S+ is missing on the \w+ backend\. Restore it/);
  expect(wake.error?.message).toContain(parts[0]);
  await until(async () => (await fixture.volume(retained)).missingSince, "the other part is missed");
  await fixture.expectErased(retained, await fixture.erase(retained));
  expect((await fixture.receipt(retained)).notCovered[0]).toMatch(/^The contents of .+: missing since/);
  await fixture.restartApi();
  await fixture.runLoops();
  await fixture.expectNoReceipt(expiring, kept);
  await fixture.stopApi();
  for (const end of ends) await (await end)();
  await fixture.expectBytes(expiring, kept);

  await fixture.startApi();
  await until(async () => (await harness.current(kept.workspace)).dataState === "intact", "it is whole again");
  await fixture.expectErased(expiring);
  expect((await fixture.receipt(expiring)).notCovered[0]).not.toContain("missing");
  await fixture.expectBytes(kept);
};

const olderStore: Cell = async (fixture) => {
  const { harness, store } = fixture;
  const { retained, deletable, ...seededVolumes } = await fixture.seedVolumes();
  await fixture.stopApi();
  const putBack = await store.copy();
  const expiring = await usedAgain(fixture, seededVolumes.expiring);
  const young = await fixture.keep("persist");
  const passDeadline = await fixture.endGraceOf(expiring);
  await fixture.startApi();
  await fixture.expectErased(retained, await fixture.erase(retained));
  await fixture.stopApi();
  const end = await fixture.begin(putBack);
  await passDeadline();
  await fixture.startApi();
  const held = await until(async () => (await fixture.volume(expiring)).heldBecause, "the volume is held");
  expect(held).toMatch(/^The data was last used in generation 1, the database says 2\.$/);
  await until(
    async () => (await harness.current(young.workspace)).dataState === "missing",
    "what is younger is missing",
  );
  const isBack = async () => (await fixture.volume(retained)).returnedAt;
  await until(isBack, "what was erased is there again");
  await expect(fixture.receipt(retained)).rejects.toThrow();
  await fixture.expectErased(deletable, await harness.requestDelete(deletable.workspace, { eraseData: true }));
  await fixture.runLoops();
  await fixture.expectNoReceipt(expiring, young, seededVolumes.kept);
  // Its own disk is only in the copy.
  await fixture.expectLiveIntact();
  await fixture.restartLive();
  await fixture.stopApi();
  await end();
  await fixture.expectBytes(expiring, young, deletable, seededVolumes.kept);

  await fixture.startApi();
  await until(async () => (await harness.current(young.workspace)).dataState === "intact", "all is there again");
  // The erase happened only in the copy, so its receipt is no longer shown.
  await until(async () => (await fixture.volume(deletable)).state === "quarantined", "the erased data is set aside");
  await fixture.expectNoReceipt(expiring, young, seededVolumes.kept);
  await expect(fixture.receipt(deletable)).rejects.toThrow();
  await fixture.expectBytes(expiring, young, deletable, seededVolumes.kept);
};

/** Changes the data and its generation, as a restore and another delete would. */
async function usedAgain(fixture: StoreFixture, data: SeededVolumes["expiring"]): Promise<SeededVolumes["expiring"]> {
  const used = await fixture.use(data);
  await fixture.writeManifest(used, { generation: 2, retainedUntil: null });
  return used;
}

const olderDatabase: Cell = async (fixture) => {
  const { harness } = fixture;
  const { retained, deletable, ...seededVolumes } = await fixture.seedVolumes();
  await fixture.stopApi();
  const restore = await copyDatabase(harness);
  const expiring = await usedAgain(fixture, seededVolumes.expiring);
  const kept = await usedAgain(fixture, seededVolumes.kept);
  const young = await fixture.keep("persist");
  await fixture.startApi();
  await fixture.expectErased(retained, await fixture.erase(retained));
  await fixture.stopApi();
  await restore();
  await harness.sql("update volumes set retained_until = now() - interval '1 second' where id = $1", [
    expiring.volumeId,
  ]);
  await fixture.startApi();
  const hold = await until(async () => (await retentionNow(harness.deps)).hold, "the expiry is on hold");
  expect(hold.because).toMatch(/^The database is older than the data: .+ was used after it was written\.$/);
  await until(async () => (await fixture.volume(young)).state === "quarantined", "the unknown volume is set aside");
  await until(async () => (await fixture.volume(retained)).missingSince, "what was erased since is missing");
  // After an operator's confirmation, the manifest still prevents the expiry.
  await fixture.confirmHold();
  const held = await until(async () => (await fixture.volume(expiring)).heldBecause, "the volume is held");
  expect(held).toBe("The data was last used in generation 2, the database says 1.");
  await fixture.expectErased(deletable, await harness.requestDelete(deletable.workspace, { eraseData: true }));
  await fixture.restartApi();
  await fixture.runLoops();
  await fixture.expectNoReceipt(expiring, kept, retained);
  await fixture.expectBytes(expiring, kept, young);
};

const DAY_SECONDS = 86_400;

/** The clock is wrong while the API runs and at a start, then right again. A deadline is three days ahead. */
const clockOff =
  (setClock: (seconds: number) => Promise<void>, days: number): Cell =>
  async (fixture) => {
    const { harness } = fixture;
    const { expiring, deletable, kept } = await fixture.seedVolumes();
    await fixture.runLoops();
    await setClock(days * DAY_SECONDS);
    const hold = await until(async () => (await retentionNow(harness.deps)).hold, "the expiry is on hold");
    expect(hold.because).toMatch(/^(The clock jumped (ahead|back) by 9[56]\.\d hours|.* 9[56]\.\d hours)/);
    await fixture.runLoops();
    await fixture.restartApi();
    await fixture.runLoops();
    // A person's request is executed, but nothing expires.
    await fixture.expectErased(deletable, await harness.requestDelete(deletable.workspace, { eraseData: true }));
    await fixture.expectNoReceipt(expiring, kept);
    await setClock(0);
    await fixture.runLoops();
    await fixture.expectNoReceipt(expiring, kept);
    await until(async () => Math.abs(await clockDifference(fixture)) < 60, "both clocks agree again");
    await fixture.restartApi();
    await fixture.runLoops();
    await fixture.confirmHold();
    await fixture.runLoops();
    expect(await fixture.volume(expiring)).toMatchObject({ state: "retained", heldBecause: null });
    await fixture.expectNoReceipt(expiring, kept);
    await fixture.expectBytes(expiring, kept);
  };

async function clockDifference({ harness }: StoreFixture): Promise<number> {
  const [row] = await harness.sql<{ now: Date }>("select now() as now");
  return ((row?.now.getTime() ?? 0) - RealDate.now()) / 1000;
}

const RealDate = globalThis.Date;

/** Sets the clock of this process, which also runs the API. Files and the database are not affected. */
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

describe.each(stores)(
  "on $kind no data is destroyed and no receipt is false while",
  ({ kind, reason: whyNoStore, open }) => {
    let fixture: StoreFixture | undefined;
    beforeAll(async () => {
      if (whyNoStore === null) fixture = await StoreFixture.open(await open(), postgres?.url);
    });
    afterAll(() => fixture?.[Symbol.asyncDispose]());

    for (const { name, cell: body, reason = null } of CONDITIONS) {
      const skipReason = whyNoStore ?? reason;
      if (skipReason !== null) process.stderr.write(`Skipped: ${name}, on ${kind}. ${skipReason}\n`);
      test.skipIf(skipReason !== null && !isRequired)(name, async () => {
        if (!fixture || skipReason !== null) throw new Error(`This cell cannot run: ${skipReason}`);
        try {
          await body(fixture, kind);
          await fixture.expectLiveIntact();
        } finally {
          await setProcessClock(0);
          await setPostgresClock(0);
          await fixture.settle();
        }
      });
    }
  },
);
