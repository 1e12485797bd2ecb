import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";

/** Small blocks that stay between large ones keep glibc from returning the large ones. */
const PROGRAM = `
  import { setTimeout } from "node:timers/promises";
  import { returnFreedMemory } from ${JSON.stringify(new URL("./freed-memory.ts", import.meta.url).href)};
  const blocks = Array.from({ length: 3000 }, () => [Buffer.alloc(60_000, 1), Buffer.alloc(5_000, 1)]);
  for (const pair of blocks) pair.shift();
  const megabytes = async () => {
    for (let round = 0; round < 3; round += 1) { globalThis.gc(); await setTimeout(100); }
    return process.memoryUsage.rss() / 1e6;
  };
  const before = await megabytes();
  const stop = returnFreedMemory(100);
  await setTimeout(1000);
  stop();
  console.log(JSON.stringify({ before, after: await megabytes(), kept: blocks.length }));
`;

test("freed memory between blocks in use is returned to the system", () => {
  const args = ["--expose-gc", "--input-type=module", "--eval", PROGRAM];
  const { before, after } = JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }));
  expect(before - after).toBeGreaterThan(90);
});
