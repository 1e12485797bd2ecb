import { expect, test, vi } from "vitest";
import { Coalescer } from "./coalescer.ts";

test("a burst is delivered once, and later events afterwards", async () => {
  vi.useFakeTimers();
  try {
    const handedOver: string[][] = [];
    let finish: () => void = () => undefined;
    const coalescer = new Coalescer<string>((items) => {
      handedOver.push([...items]);
      return new Promise((resolve) => {
        finish = resolve;
      });
    }, 100);

    for (const item of ["a", "b", "a"]) coalescer.add(item);
    await vi.advanceTimersByTimeAsync(100);
    expect(handedOver).toEqual([["a", "b"]]);

    coalescer.add("c");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(handedOver).toHaveLength(1);

    finish();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(handedOver).toEqual([["a", "b"], ["c"]]);
  } finally {
    vi.useRealTimers();
  }
});
