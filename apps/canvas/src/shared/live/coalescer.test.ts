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

test("pauses as long as the last delivery took, but no longer than two seconds", async () => {
  vi.useFakeTimers();
  try {
    const deliveredAt: number[] = [];
    const coalescer = new Coalescer<string>(() => {
      deliveredAt.push(performance.now());
      return new Promise((resolve) => setTimeout(resolve, deliveredAt.length === 1 ? 500 : 60_000));
    }, 100);
    const begin = performance.now();
    coalescer.add("a");
    await vi.advanceTimersByTimeAsync(200);
    coalescer.add("b");
    await vi.advanceTimersByTimeAsync(1_000);
    coalescer.add("c");
    await vi.advanceTimersByTimeAsync(70_000);
    expect(deliveredAt.map((at) => at - begin)).toEqual([100, 1_100, 63_100]);
  } finally {
    vi.useRealTimers();
  }
});
