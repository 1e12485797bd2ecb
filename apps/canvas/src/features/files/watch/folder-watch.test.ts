import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FolderWatch, type WatchHandlers } from "./folder-watch.ts";

class Look {
  readonly paths: readonly string[];
  readonly handlers: WatchHandlers;
  isOpen = true;

  constructor(paths: readonly string[], handlers: WatchHandlers) {
    this.paths = paths;
    this.handlers = handlers;
  }

  unsubscribe = () => {
    this.isOpen = false;
  };
  begins = () => this.handlers.onMessage({ type: "watching" });
  tells = (path: string) => this.handlers.onMessage({ type: "changed", path, names: ["x"] });
}

let looks: Look[];
let begun: string[][];
let changed: string[];
let watch: FolderWatch;
const look = (at: number): Look => {
  const found = looks.at(at);
  if (!found) throw new Error("Nobody looks.");
  return found;
};

beforeEach(() => {
  vi.useFakeTimers();
  looks = [];
  begun = [];
  changed = [];
  watch = new FolderWatch(
    (paths, handlers) => {
      const next = new Look(paths, handlers);
      looks.push(next);
      return next;
    },
    { onWatching: (paths) => begun.push([...paths]), onChanged: (path) => changed.push(path) },
  );
  watch.follow(["/"]);
  look(0).begins();
});
afterEach(() => vi.useRealTimers());

test("expanding a folder misses no change in the others, and only the new one is reloaded", () => {
  watch.follow(["/", "/a"]);
  look(0).tells("/");
  expect([changed, look(0).isOpen]).toEqual([["/"], true]);
  look(1).begins();
  expect([begun, look(0).isOpen]).toEqual([[["/"], ["/a"]], false]);
  look(0).tells("/");
  expect(changed).toHaveLength(1);
});

test("watching the same folders again sends no request", () => {
  watch.follow(["/"]);
  expect(looks).toHaveLength(1);
});

test("a watch that ends is reopened, and then every folder is reloaded", async () => {
  look(0).handlers.onEnd();
  expect(looks).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(2_000);
  look(1).begins();
  expect(begun).toEqual([["/"], ["/"]]);
});

test("a reconnected stream reloads every folder", () => {
  look(0).begins();
  expect([begun, looks.length, look(0).isOpen]).toEqual([[["/"], ["/"]], 1, true]);
});

test("a stopped watch reports nothing more", async () => {
  watch.stop();
  look(0).tells("/");
  look(0).handlers.onEnd();
  await vi.advanceTimersByTimeAsync(60_000);
  expect([changed, looks.length, look(0).isOpen]).toEqual([[], 1, false]);
});
