import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ApiProcess } from "../fixtures/api-process.ts";

test("a workspace whose program is not there is degraded, says why, and still serves its files", async () => {
  const scratch = await mkdtemp(join(tmpdir(), "berth-agent-"));
  const environment = { BERTH_BACKENDS: "local" };
  const api = await ApiProcess.start({ dataDirectory: join(scratch, "data"), environment });
  try {
    const client = await api.client();
    const { workspace } = await client.workspaces.create.mutate({ name: "agent", runtime: "claude-code" });
    const { id } = workspace;
    const look = () => client.workspaces.get.query({ id });
    await expect.poll(async () => (await look()).status, { timeout: 45_000 }).toBe("degraded");
    expect((await look()).statusReason?.message).toContain("Claude Code (claude-agent) ended with 127");
    const place = { workspaceId: id, root: "/workspace", path: "a.txt" } as const;
    await client.files.write.mutate({ ...place, content: "kept" });
    expect((await client.files.read.query(place)).content).toBe("kept");
    await client.workspaces.delete.mutate({ id, confirmName: "agent", eraseData: true });
    await expect.poll(async () => (await look()).status, { timeout: 45_000 }).toBe("deleted");
  } finally {
    await api.stop();
    await rm(scratch, { recursive: true, force: true });
  }
}, 120_000);
