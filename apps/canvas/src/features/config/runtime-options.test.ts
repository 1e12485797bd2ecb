import { expect, test } from "vitest";
import { runtimeOptions } from "./runtime-options.ts";

const offered = [
  { id: "shell", title: "Shell", backends: ["local", "docker"] },
  { id: "codex", title: "Codex", backends: ["local"] },
] as const;
const idsFor = (workspace: Parameters<typeof runtimeOptions>[1]) =>
  runtimeOptions(offered, workspace).map(({ value }) => value);

test("offers the runtimes of the workspace's backend, and always its current one", () => {
  expect(idsFor({ runtime: "shell", backend: "local" })).toEqual(["shell", "codex"]);
  expect(idsFor({ runtime: "shell", backend: "docker" })).toEqual(["shell"]);
  expect(idsFor({ runtime: "codex", backend: "docker" })).toEqual(["shell", "codex"]);
  expect(runtimeOptions([], { runtime: "claude-code", backend: "docker" })).toEqual([
    { value: "claude-code", label: "Claude Code" },
  ]);
});
