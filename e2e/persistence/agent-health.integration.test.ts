import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programMissing } from "@berth/domain";
import { expect, test } from "vitest";
import { ApiProcess } from "../fixtures/api-process.ts";
import { BACKENDS_UNDER_TEST } from "./backends-under-test.ts";

for (const { backend, options, skipped } of BACKENDS_UNDER_TEST) {
  test(`a workspace on ${backend} fails when its agent program is missing, and keeps its files`, async ({ skip }) => {
    if (skipped) return skip(skipped);
    const scratch = await mkdtemp(join(tmpdir(), "berth-agent-"));
    const image = options.image ? { BERTH_DOCKER_IMAGE: options.image } : {};
    const api = await ApiProcess.start({
      dataDirectory: join(scratch, "data"),
      environment: { BERTH_BACKENDS: backend, ...image },
    });
    try {
      const client = await api.client();
      const { workspace } = await client.workspaces.create.mutate({ name: "agent", runtime: "claude-code" });
      const { id } = workspace;
      const fetchWorkspace = () => client.workspaces.get.query({ id });
      await expect.poll(async () => (await fetchWorkspace()).status, { timeout: 45_000 }).toBe("failed");
      const problem = programMissing("claude-agent");
      expect((await fetchWorkspace()).statusReason?.message).toContain(`Claude Code cannot start. ${problem}`);
      expect((await client.workspaces.agentLog.query({ id })).text).toContain(problem);
      const file = { workspaceId: id, root: "/workspace", path: "a.txt" } as const;
      await client.files.write.mutate({ ...file, content: "kept" });
      expect((await client.files.read.query(file)).content).toBe("kept");
      await client.workspaces.delete.mutate({ id, confirmName: "agent", eraseData: true });
      await expect.poll(async () => (await fetchWorkspace()).status, { timeout: 45_000 }).toBe("deleted");
    } finally {
      await api.stop();
      await rm(scratch, { recursive: true, force: true });
    }
  }, 120_000);
}
