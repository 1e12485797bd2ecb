import { expect, test } from "vitest";
import { newWorkspace, openBench } from "../testing/index.ts";
import { createWorkspace } from "./create.ts";
import { restoreWorkspace } from "./restore.ts";

test("a workspace whose name is taken can be restored under another name", async () => {
  await using bench = await openBench();
  const { deps, actor } = bench;
  const workspace = await bench.online();
  const { id, name } = workspace;
  await bench.deleted(workspace);
  const other = await createWorkspace(deps, actor, { ...newWorkspace(), name });
  await bench.succeeded(other.operation);

  const details = { workspaceId: other.workspace.id };
  await expect(restoreWorkspace(deps, actor, { id })).rejects.toMatchObject({
    problem: { code: "name_taken", details },
  });
  const taken = restoreWorkspace(deps, actor, { id, name: other.workspace.name });
  await expect(taken).rejects.toMatchObject({ problem: { code: "name_taken", details } });
  // A rejected restore leaves the data retained.
  expect(await bench.volumeOf(workspace)).toMatchObject({ state: "retained" });

  const { operation } = await restoreWorkspace(deps, actor, { id, name: `${name} restored` });
  await bench.succeeded(operation);
  expect(await bench.current(workspace)).toMatchObject({ name: `${name} restored`, status: "online" });
  expect(await bench.volumeOf(workspace)).toMatchObject({ state: "attached", workspaceName: `${name} restored` });
});

test("a restore to the top level names the workspace there that has the same name", async () => {
  await using bench = await openBench();
  const { deps, actor } = bench;
  const lead = await bench.online();
  const member = await bench.online({ parentId: lead.id });
  await bench.deleted(lead, { cascade: true });
  await bench.isStatus(member, "deleted");
  const other = await createWorkspace(deps, actor, { ...newWorkspace(), name: member.name });
  await expect(restoreWorkspace(deps, actor, { id: member.id })).rejects.toMatchObject({
    problem: { code: "name_taken", details: { workspaceId: other.workspace.id } },
  });
});
