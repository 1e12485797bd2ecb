import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FolderWatch, type WatchHandlers } from "./folder-watch.ts";

class FakeWatch {
  readonly paths: readonly string[];
  readonly handlers: WatchHandlers;
  isOpen = true;

  constructor(paths: readonly string[], handlers: WatchHandlers) {
    this.paths = paths;
    this.handlers = handlers;
  }

  /** Also ends the stream, as tRPC does. */
  unsubscribe = () => {
    this.isOpen = false;
    this.handlers.onEnd();
  };
  begins = () => this.handlers.onMessage({ type: "watching" });
  reports = (path: string) => this.handlers.onMessage({ type: "changed", path, names: ["x"] });
}

let watches: FakeWatch[];
let begun: string[][];
let changed: string[];
let watch: FolderWatch;
const watchAt = (at: number): FakeWatch => {
  const found = watches.at(at);
  if (!found) throw new Error(`No watch ${at}.`);
  return found;
};

beforeEach(() => {
  vi.useFakeTimers();
  watches = [];
  begun = [];
  changed = [];
  watch = new FolderWatch(
    (paths, handlers) => {
      const next = new FakeWatch(paths, handlers);
      watches.push(next);
      return next;
    },
    { onWatching: (paths) => begun.push([...paths]), onChanged: (path) => changed.push(path) },
  );
  watch.follow(["/"]);
  watchAt(0).begins();
});
afterEach(() => vi.useRealTimers());

test("expanding a folder misses no change in the others, and only the new one is reloaded", () => {
  watch.follow(["/", "/a"]);
  watchAt(0).reports("/");
  expect([changed, watchAt(0).isOpen]).toEqual([["/"], true]);
  watchAt(1).begins();
  expect([begun, watchAt(0).isOpen]).toEqual([[["/"], ["/a"]], false]);
  watchAt(0).reports("/");
  expect(changed).toHaveLength(1);
});

test("a watch that is replaced or abandoned is not reopened", async () => {
  watch.follow(["/", "/a"]);
  watch.follow(["/", "/b"]);
  watchAt(2).begins();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(watches.map(({ isOpen }) => isOpen)).toEqual([false, false, true]);
  watchAt(2).reports("/b");
  expect(changed).toEqual(["/b"]);
});

test("watching the same folders again sends no request", () => {
  watch.follow(["/"]);
  expect(watches).toHaveLength(1);
});

test("a watch that ends is reopened, and then every folder is reloaded", async () => {
  watchAt(0).handlers.onEnd();
  expect(watches).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(2_000);
  watchAt(1).begins();
  expect(begun).toEqual([["/"], ["/"]]);
});

test("a reconnected stream reloads every folder", () => {
  watchAt(0).begins();
  expect([begun, watches.length, watchAt(0).isOpen]).toEqual([[["/"], ["/"]], 1, true]);
});

test("a stopped watch reports nothing more", async () => {
  watch.stop();
  watchAt(0).reports("/");
  watchAt(0).handlers.onEnd();
  await vi.advanceTimersByTimeAsync(60_000);
  expect([changed, watches.length, watchAt(0).isOpen]).toEqual([[], 1, false]);
});
