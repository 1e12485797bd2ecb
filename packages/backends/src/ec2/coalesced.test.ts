import { describe, expect, test } from "vitest";
import { Coalesced } from "./coalesced.ts";

const gated = () => {
  const gates: PromiseWithResolvers<number>[] = [];
  const coalesced = new Coalesced(() => {
    const gate = Promise.withResolvers<number>();
    gates.push(gate);
    return gate.promise;
  });
  return { gates, coalesced };
};

describe("a coalesced call", () => {
  test("is shared by all callers that arrive during the previous call", async () => {
    const { gates, coalesced } = gated();
    const first = coalesced.get();
    const others = [coalesced.get(), coalesced.get(), coalesced.get()];
    expect(gates).toHaveLength(1);
    gates[0]?.resolve(1);
    expect(await first).toBe(1);
    await expect.poll(() => gates.length).toBe(2);
    gates[1]?.resolve(2);
    expect(await Promise.all(others)).toEqual([2, 2, 2]);
  });

  test("rejects only its own callers when it fails, and runs again for the next", async () => {
    const { gates, coalesced } = gated();
    const failing = coalesced.get();
    const next = coalesced.get();
    gates[0]?.reject(new Error("away"));
    await expect(failing).rejects.toThrow("away");
    await expect.poll(() => gates.length).toBe(2);
    gates[1]?.resolve(2);
    expect(await next).toBe(2);
  });
});
