import { describe, expect, test } from "vitest";
import { defaultModel, RUNTIME_IDS, RUNTIMES } from "./runtimes.ts";

describe("runtimes", () => {
  test("the shell exists and has no command", () => {
    expect(RUNTIME_IDS).toContain("shell");
    expect(RUNTIMES.shell.command).toBeNull();
  });

  test.each(RUNTIME_IDS)("%s has a title, a model and a command that is null or not empty", (id) => {
    const { title, command, model } = RUNTIMES[id];
    expect(title).not.toBe("");
    expect(model).not.toBe("");
    expect(defaultModel(id)).toBe(model);
    expect(command).not.toEqual([]);
    expect(command ?? []).not.toContain("");
  });

  test("claude-code has its own model", () => {
    expect(defaultModel("claude-code")).toBe("sonnet");
  });

  test.each(["", "unknown", "toString", "__proto__", "constructor"])(
    "an unknown runtime (%j) gets the default model",
    (id) => {
      expect(defaultModel(id)).toBe(defaultModel("shell"));
    },
  );
});
