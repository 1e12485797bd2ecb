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

test("opening a folder does not make one blind for the others, and only the new one is read again", () => {
  watch.follow(["/", "/a"]);
  look(0).tells("/");
  expect([changed, look(0).isOpen]).toEqual([["/"], true]);
  look(1).begins();
  expect([begun, look(0).isOpen]).toEqual([[["/"], ["/a"]], false]);
  look(0).tells("/");
  expect(changed).toHaveLength(1);
});

test("the same folders again ask nothing anew", () => {
  watch.follow(["/"]);
  expect(looks).toHaveLength(1);
});

test("a look that ends is taken up again, and then everything is read anew", async () => {
  look(0).handlers.onEnd();
  expect(looks).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(2_000);
  look(1).begins();
  expect(begun).toEqual([["/"], ["/"]]);
});

test("a stream that came back by itself says so, and everything is read anew", () => {
  look(0).begins();
  expect([begun, looks.length, look(0).isOpen]).toEqual([[["/"], ["/"]], 1, true]);
});

test("who stops hears nothing more", async () => {
  watch.stop();
  look(0).tells("/");
  look(0).handlers.onEnd();
  await vi.advanceTimersByTimeAsync(60_000);
  expect([changed, looks.length, look(0).isOpen]).toEqual([[], 1, false]);
});
