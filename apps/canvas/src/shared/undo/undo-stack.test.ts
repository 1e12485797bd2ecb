import { describe, expect, test } from "vitest";
import { type Change, UndoStack } from "./undo-stack.ts";

function createStack() {
  const log: string[] = [];
  const change = (what: string): Change => ({
    what,
    undo: async () => void log.push(`-${what}`),
    redo: async () => void log.push(`+${what}`),
  });
  return { log, change, stack: new UndoStack() };
}

describe("undo and redo", () => {
  test("run in reverse order, and redo restores the change", async () => {
    const { stack, change, log } = createStack();
    stack.push(change("a"));
    stack.push(change("b"));
    expect(await stack.undo()).toBe("b");
    expect(await stack.undo()).toBe("a");
    expect(await stack.undo()).toBeNull();
    expect(await stack.redo()).toBe("a");
    expect(log).toEqual(["-b", "-a", "+a"]);
  });

  test("a new change clears the redo history", async () => {
    const { stack, change } = createStack();
    stack.push(change("a"));
    await stack.undo();
    stack.push(change("b"));
    expect(await stack.redo()).toBeNull();
  });

  test("a change that the API refuses is forgotten, and the one before can still be undone", async () => {
    const { stack, change } = createStack();
    stack.push(change("a"));
    stack.push({ ...change("b"), undo: () => Promise.reject(new Error("no")) });
    await expect(stack.undo()).rejects.toThrow("no");
    expect(await stack.undo()).toBe("a");
  });

  test("a change that was refused cannot be undone", async () => {
    const { stack, change } = createStack();
    const refused = change("refused");
    stack.push(change("a"));
    stack.push(refused);
    stack.forget(refused);
    expect(await stack.undo()).toBe("a");
  });

  test("concurrent steps run one after the other", async () => {
    const { stack, change, log } = createStack();
    const { promise, resolve } = Promise.withResolvers<void>();
    stack.push(change("a"));
    stack.push({ ...change("slow"), undo: () => promise.then(() => void log.push("-slow")) });
    const both = Promise.all([stack.undo(), stack.undo()]);
    resolve();
    expect(await both).toEqual(["slow", "a"]);
    expect(log).toEqual(["-slow", "-a"]);
  });
});
