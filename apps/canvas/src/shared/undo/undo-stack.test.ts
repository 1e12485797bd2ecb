import { describe, expect, test } from "vitest";
import { type Change, UndoStack } from "./undo-stack.ts";

function world() {
  const log: string[] = [];
  const change = (what: string): Change => ({
    what,
    undo: async () => void log.push(`-${what}`),
    redo: async () => void log.push(`+${what}`),
  });
  return { log, change, stack: new UndoStack() };
}

describe("undo and redo", () => {
  test("take back in the order opposite to the doing, and do again", async () => {
    const { stack, change, log } = world();
    stack.push(change("a"));
    stack.push(change("b"));
    expect(await stack.undo()).toBe("b");
    expect(await stack.undo()).toBe("a");
    expect(await stack.undo()).toBeNull();
    expect(await stack.redo()).toBe("a");
    expect(log).toEqual(["-b", "-a", "+a"]);
  });

  test("a new change ends what could be done again", async () => {
    const { stack, change } = world();
    stack.push(change("a"));
    await stack.undo();
    stack.push(change("b"));
    expect(await stack.redo()).toBeNull();
  });

  test("a change that the API refuses is forgotten, and the one before can still be taken back", async () => {
    const { stack, change } = world();
    stack.push(change("a"));
    stack.push({ ...change("b"), undo: () => Promise.reject(new Error("no")) });
    await expect(stack.undo()).rejects.toThrow("no");
    expect(await stack.undo()).toBe("a");
  });

  test("a change that never happened is not there to be taken back", async () => {
    const { stack, change } = world();
    const refused = change("refused");
    stack.push(change("a"));
    stack.push(refused);
    stack.forget(refused);
    expect(await stack.undo()).toBe("a");
  });

  test("steps asked for at once run one after the other", async () => {
    const { stack, change, log } = world();
    const { promise, resolve } = Promise.withResolvers<void>();
    stack.push(change("a"));
    stack.push({ ...change("slow"), undo: () => promise.then(() => void log.push("-slow")) });
    const both = Promise.all([stack.undo(), stack.undo()]);
    resolve();
    expect(await both).toEqual(["slow", "a"]);
    expect(log).toEqual(["-slow", "-a"]);
  });
});
