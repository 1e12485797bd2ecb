import { afterAll, expect, test } from "vitest";
import { endAll } from "./testing/api-process.ts";
import { canFakeTime } from "./testing/random-lifecycles/clock.ts";
import { runRandomLifecycles } from "./testing/random-lifecycles/run.ts";

/** The first half minute of this seed has a fault of each kind. The test's name prints the seed. */
const SEED = Number(process.env.BERTH_TEST_SEED ?? 178863);
/** The long run: `BERTH_TEST_MINUTES=30`. */
const SECONDS = Number(process.env.BERTH_TEST_MINUTES ?? 28 / 60) * 60;
const RESTORES = SECONDS >= 300 ? 2 : 1;
/** Each restore plans one expiry, and a long run advances time every few minutes. */
const EXPIRED_MIN = canFakeTime ? Math.max(RESTORES, Math.floor(SECONDS / 300)) : 0;
const TIMEOUT_MS = SECONDS * 1000 + 900_000;

if (!canFakeTime)
  process.stderr.write(
    "Skipped: clock jumps and expiry in random lifecycles. Debian's package faketime is not installed.\n",
  );

afterAll(endAll);

test(`random lifecycles for ${SECONDS} s, seed ${SEED}: nothing lost, left over or stuck`, {
  timeout: TIMEOUT_MS,
  retry: 0,
}, async () => {
  const report = await runRandomLifecycles({ seed: SEED, seconds: SECONDS, restores: RESTORES });
  process.stderr.write(`${JSON.stringify(report, null, 2)}\n`);
  expect(report).toMatchObject({
    lost: [],
    falseReceipts: [],
    strayed: [],
    leftOver: [],
    unexpired: [],
    stuck: [],
    internal: [],
  });
  expect(report.faults.restore).toBe(RESTORES);
  expect(report.filesWritten).toBeGreaterThan(0);
  expect(report.expired).toBeGreaterThanOrEqual(EXPIRED_MIN);
});
