import { expect, test } from "../fixtures/test.ts";

test("Config lists unsaved changes, and restarts the workspace only on “Save and restart”", async ({
  canvas,
  berth,
}) => {
  const { page } = canvas;
  const create = async (name: string, parentId?: string) => {
    const compute = { backend: "memory" as const };
    const { workspace } = await berth.client.workspaces.create.mutate({
      name,
      compute,
      ...(parentId ? { parentId } : {}),
    });
    await expect
      .poll(async () => (await berth.client.workspaces.get.query({ id: workspace.id })).status)
      .toBe("online");
    return workspace.id;
  };
  const lead = await create("config lead");
  const id = await create("config me");
  await create("config below me", id);

  await page.goto(`${berth.api.url}/?w=${id}&tab=config`);
  const panel = page.locator("#panel-config");
  const team = panel.getByLabel("Team");
  await expect(team.getByRole("option")).not.toHaveCount(1);
  expect(await team.getByRole("option").allTextContents()).not.toContain("config me / config below me");

  await panel.getByLabel("Role").fill("Reads papers");
  await team.selectOption({ label: "config lead" });
  const changes = panel.getByRole("list", { name: "Changes" });
  await expect(changes.getByRole("listitem")).toHaveText([
    /Role\s*none\s*Reads papers/,
    /Team\s*no team\s*config lead/,
  ]);
  await expect(panel.getByRole("button", { name: "Save and restart" })).toHaveCount(0);
  await panel.getByRole("button", { name: "Save" }).click();
  await expect(changes).toHaveCount(0);
  const fetchWorkspace = () => berth.client.workspaces.get.query({ id });
  await expect.poll(fetchWorkspace).toMatchObject({ role: "Reads papers", parentId: lead, generation: 1 });

  await panel.getByLabel("Name").fill("config lead");
  await team.selectOption({ label: "No team" });
  await panel.getByRole("button", { name: "Save" }).click();
  await expect(panel.getByRole("alert")).toContainText("Another workspace is named “config lead”.");
  await panel.getByRole("button", { name: "Discard" }).click();
  await expect(panel.getByRole("alert")).toHaveCount(0);

  await panel.getByLabel("Model").fill("opus");
  await panel.getByRole("button", { name: "Save and restart" }).click();
  await expect.poll(fetchWorkspace).toMatchObject({ generation: 2, model: "opus", restartRequired: false });
});
