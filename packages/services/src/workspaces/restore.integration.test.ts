import { expect, test } from "vitest";
import { newWorkspace, openHarness } from "../testing/index.ts";
import { createWorkspace } from "./create.ts";
import { restoreWorkspace } from "./restore.ts";

test("a workspace whose name is taken can be restored under another name", async () => {
  await using harness = await openHarness();
  const { deps, actor } = harness;
  const workspace = await harness.online();
  const { id, name } = workspace;
  await harness.deleted(workspace);
  const other = await createWorkspace(deps, actor, { ...newWorkspace(), name });
  await harness.succeeded(other.operation);

  const details = { workspaceId: other.workspace.id };
  await expect(restoreWorkspace(deps, actor, { id })).rejects.toMatchObject({
    problem: { code: "name_taken", details },
  });
  const taken = restoreWorkspace(deps, actor, { id, name: other.workspace.name });
  await expect(taken).rejects.toMatchObject({ problem: { code: "name_taken", details } });
  // A rejected restore leaves the data retained.
  expect(await harness.volumeOf(workspace)).toMatchObject({ state: "retained" });

  const { operation } = await restoreWorkspace(deps, actor, { id, name: `${name} restored` });
  await harness.succeeded(operation);
  expect(await harness.current(workspace)).toMatchObject({ name: `${name} restored`, status: "online" });
  expect(await harness.volumeOf(workspace)).toMatchObject({ state: "attached", workspaceName: `${name} restored` });
});

test("a restore to the top level names the workspace there that has the same name", async () => {
  await using harness = await openHarness();
  const { deps, actor } = harness;
  const lead = await harness.online();
  const member = await harness.online({ parentId: lead.id });
  await harness.deleted(lead, { cascade: true });
  await harness.isStatus(member, "deleted");
  const other = await createWorkspace(deps, actor, { ...newWorkspace(), name: member.name });
  await expect(restoreWorkspace(deps, actor, { id: member.id })).rejects.toMatchObject({
    problem: { code: "name_taken", details: { workspaceId: other.workspace.id } },
  });
});
