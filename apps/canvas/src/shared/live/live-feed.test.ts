import type { BerthEvent } from "@berth/domain";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ApiClient } from "../api/client.ts";
import { type FeedState, LiveFeed } from "./live-feed.ts";

interface Handlers {
  onStarted(): void;
  onData(message: { data: BerthEvent }): void;
  onConnectionStateChange(change: { state: string; error: unknown }): void;
  onError(error: unknown): void;
  onComplete(): void;
}

let streams: { after: number; handlers: Handlers; isOpen: boolean }[];
let states: FeedState[];
let seen: number[];
let feed: LiveFeed;
const last = () => {
  const stream = streams.at(-1);
  if (!stream) throw new Error("There is no stream.");
  return stream;
};
const receive = (sequence: number) => last().handlers.onData({ data: { sequence } as BerthEvent });

beforeEach(() => {
  vi.useFakeTimers();
  [streams, states, seen] = [[], [], []];
  const subscribe = ({ after }: { after: number }, handlers: Handlers) => {
    const stream = { after, handlers, isOpen: true };
    streams.push(stream);
    return {
      unsubscribe() {
        stream.isOpen = false;
        // As in tRPC.
        handlers.onComplete();
      },
    };
  };
  const client = { events: { subscribe: { subscribe } } } as unknown as ApiClient;
  feed = new LiveFeed(client, 7, {
    onEvent: ({ sequence }) => seen.push(sequence),
    onState: (state) => states.push(state),
  });
  feed.start();
  last().handlers.onStarted();
});
afterEach(() => {
  feed.stop();
  vi.useRealTimers();
});

test("the feed resumes after the last event, with growing delays", async () => {
  receive(8);
  receive(9);
  for (const failures of [1, 2, 3]) {
    last().handlers.onError(new TypeError("cut"));
    expect(states.at(-1)).toBe("lost");
    await vi.advanceTimersByTimeAsync(500 * 2 ** failures * 1.25);
    expect(streams).toHaveLength(1 + failures);
    expect(last().after).toBe(9);
  }
  last().handlers.onStarted();
  expect(states.at(-1)).toBe("connected");
  expect(seen).toEqual([8, 9]);
});

test("the feed retries at once on request, and is left alone while it is healthy", async () => {
  feed.retryNow();
  expect(streams).toHaveLength(1);
  receive(8);
  last().handlers.onConnectionStateChange({ state: "connecting", error: new TypeError("cut") });
  feed.retryNow();
  expect(streams.map(({ after, isOpen }) => [after, isOpen])).toEqual([
    [7, false],
    [8, true],
  ]);
  last().handlers.onStarted();
  feed.retryNow();
  expect(streams).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(streams).toHaveLength(2);
});

test("a renewed feed resumes after the last event without reporting an outage", async () => {
  receive(8);
  feed.renew();
  last().handlers.onStarted();
  streams[0]?.handlers.onData({ data: { sequence: 9 } as BerthEvent });
  receive(9);
  expect(streams.map(({ after, isOpen }) => [after, isOpen])).toEqual([
    [7, false],
    [8, true],
  ]);
  expect(seen).toEqual([8, 9]);
  expect(states).not.toContain("lost");
  feed.stop();
  feed.renew();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(streams).toHaveLength(2);
});
