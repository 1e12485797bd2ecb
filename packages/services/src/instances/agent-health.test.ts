import type { DaemonSession } from "@berth/backends/tunnel";
import type { WorkspaceRow } from "@berth/db";
import { expect, test } from "vitest";
import type { Deps } from "../deps.ts";
import { requireProgram } from "./agent-health.ts";

test("a missing program is found through the replica that holds the daemon's tunnel", async () => {
  const elsewhere = { json: async () => ({ agent: { state: "missing", exitCode: null } }) } as unknown as DaemonSession;
  const deps = {
    tunnel: { session: () => undefined },
    daemons: { find: async (id: string) => (id === "there" ? elsewhere : null) },
  } as unknown as Deps;
  const workspace = { runtime: "claude-code", incarnationId: "there" } as WorkspaceRow;
  await expect(requireProgram(deps, workspace)).rejects.toMatchObject({
    problem: { code: "workspace_not_running" },
  });
  await expect(requireProgram(deps, { ...workspace, incarnationId: "nowhere" })).resolves.toBeUndefined();
});
