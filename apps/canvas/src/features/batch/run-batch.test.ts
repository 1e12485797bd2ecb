import { describe, expect, test } from "vitest";
import { type BatchState, runBatch } from "./run-batch.ts";

const items = Array.from({ length: 10 }, (_, at) => ({ id: `w${at}`, name: `name ${at}` }));

describe("a batch verb", () => {
  test("continues after a failure and reports it", async () => {
    const acted: string[] = [];
    const act = async (id: string) => {
      acted.push(id);
      if (id === "w3") throw new Error("no");
    };
    const seen: BatchState[] = [];
    const end = await runBatch("Restart", items, act, (state) => seen.push(state));
    expect(acted.sort()).toEqual(items.map(({ id }) => id).sort());
    expect(end).toMatchObject({ label: "Restart", total: 10, done: 10, isRunning: false });
    expect(end.failed).toMatchObject([{ id: "w3", name: "name 3" }]);
    expect(seen.map(({ done }) => done)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10]);
  });

  test("limits the requests in flight", async () => {
    let running = 0;
    let most = 0;
    const act = async () => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
    };
    await runBatch("Pause", items, act, () => undefined);
    expect(most).toBe(4);
  });
});
