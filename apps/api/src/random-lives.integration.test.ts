import { randomInt } from "node:crypto";
import { afterAll, expect, test } from "vitest";
import { endAll } from "./testing/api-process.ts";
import { canFakeTime } from "./testing/random-lives/berth.ts";
import { runLives } from "./testing/random-lives/run.ts";

/** Printed with the test's name; put it here to see the same choices again. */
const SEED = Number(process.env.BERTH_TEST_SEED ?? randomInt(2 ** 31));
/** The long run: `BERTH_TEST_MINUTES=30`. */
const MINUTES = Number(process.env.BERTH_TEST_MINUTES ?? 0.75);
const RESTORES = MINUTES >= 5 ? 2 : 1;
const TIMEOUT_MS = MINUTES * 60_000 + 480_000;

if (!canFakeTime)
  process.stderr.write("Skipped: clock jumps in random lives. Debian's package faketime is not installed.\n");

afterAll(endAll);

test(`random lives for ${MINUTES} min, seed ${SEED}: nothing lost, left over or stuck`, {
  timeout: TIMEOUT_MS,
  retry: 0,
}, async () => {
  const report = await runLives({ seed: SEED, seconds: MINUTES * 60, restores: RESTORES });
  process.stderr.write(`${JSON.stringify(report, null, 2)}\n`);
  expect(report).toMatchObject({ lost: [], falseReceipts: [], strayed: [], leftOver: [], stuck: [] });
  expect(report.blows.restore).toBe(RESTORES);
  expect(report.filesWritten).toBeGreaterThan(0);
});
