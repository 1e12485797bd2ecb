import { expect, test } from "../fixtures/test.ts";
import { Panel } from "../pages/panel.ts";

test("a reload and the back button come back to the workspace, its tab, the open file and what was typed", async ({
  canvas,
  berth,
  page,
}) => {
  const { client } = berth;
  const { workspace } = await client.workspaces.create.mutate({ name: "reloaded", compute: { backend: "local" } });
  const { id } = workspace;
  await expect.poll(async () => (await client.workspaces.get.query({ id })).status).toBe("online");
  for (const path of ["deep/one.txt", "deep/two.txt"]) {
    await client.files.write.mutate({ workspaceId: id, root: "/workspace", path, content: `${path}\n` });
  }
  await canvas.node(id).click();
  await canvas.openTab("files");
  const { files } = canvas;
  await files.entry("deep").click();
  await files.open("one.txt");
  await page.getByRole("button", { name: "All files" }).click();
  await files.open("two.txt");
  await expect(files.editor).toContainText("deep/two.txt");
  await files.editor.fill("typed, and not saved");

  const address = page.url();
  await page.reload();
  const panel = new Panel(page);
  await expect(page.getByRole("heading", { name: "reloaded", exact: true })).toBeVisible();
  await panel.expectOpen("files");
  await expect(files.editor).toContainText("typed, and not saved");
  await expect(files.panel.getByRole("button", { name: "one.txt", exact: true })).toBeVisible();
  expect(page.url()).toBe(address);
  expect(await berth.read(id, "deep/two.txt")).toBe("deep/two.txt\n");

  await canvas.openTab("details");
  await page.goBack();
  await panel.expectOpen("files");
  await expect(files.editor).toContainText("typed, and not saved");

  await files.panel.getByRole("button", { name: "Save", exact: true }).click();
  await expect.poll(() => berth.read(id, "deep/two.txt")).toBe("typed, and not saved");
});
