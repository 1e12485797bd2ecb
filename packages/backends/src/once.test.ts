import { expect, test } from "vitest";
import { Once } from "./once.ts";

test("shares one attempt between callers, and starts again after a failure or `forget`", async () => {
  let attempts = 0;
  const once = new Once(async () => {
    attempts += 1;
    if (attempts === 1) throw new Error("failed");
    return attempts;
  });
  const both = await Promise.allSettled([once.get(), once.get()]);
  expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await Promise.all([once.get(), once.get()])).toEqual([2, 2]);
  once.forget();
  expect(await once.get()).toBe(3);
});
