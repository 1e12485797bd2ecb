import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ApiProcess } from "@berth/e2e/api-process";
import { median, round, saveResult, timed } from "./report.ts";

const ROUNDS = 5;
const COLD_SECONDS_MAX = 6;
const WARM_SECONDS_MAX = 3;

/** Measures the API from its spawn to its ready line, on an empty data directory and again on the same one. */
export async function start(): Promise<void> {
  const cold: number[] = [];
  const warm: number[] = [];
  for (let index = 0; index < ROUNDS; index++) {
    const scratch = await mkdtemp(join(tmpdir(), "berth-bench-"));
    const first = await timed(() =>
      ApiProcess.start({ dataDirectory: join(scratch, "data"), environment: { BERTH_BACKENDS: "local" } }),
    );
    cold.push(first.ms);
    await first.result.stop();
    warm.push((await timed(() => first.result.start())).ms);
    await first.result.stop();
    await rm(scratch, { recursive: true, force: true });
  }
  const seconds = (samples: number[]) => round(median(samples) / 1000);
  saveResult({
    name: "start",
    target: `at most ${COLD_SECONDS_MAX} s the first time and ${WARM_SECONDS_MAX} s afterwards`,
    figure: seconds(cold),
    met: seconds(cold) <= COLD_SECONDS_MAX && seconds(warm) <= WARM_SECONDS_MAX,
    summary: { "first s": seconds(cold), "second s": seconds(warm) },
    raw: { cold, warm },
  });
}
