import { expect, test } from "vitest";
import { KeyedLock } from "./keyed-lock.ts";

test("runs tasks of one key in sequence, also after a failure, and other keys concurrently", async () => {
  const lock = new KeyedLock();
  const seen: string[] = [];
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const first = lock.run("a", async () => {
    seen.push("first begins");
    await gate;
    seen.push("first ends");
    throw new Error("failed");
  });
  const second = lock.run("a", async () => {
    seen.push("second");
    return 2;
  });
  await lock.run("b", async () => seen.push("other key"));
  open();
  await expect(first).rejects.toThrow("failed");
  expect(await second).toBe(2);
  expect(seen).toEqual(["first begins", "other key", "first ends", "second"]);
});
