import { idOf, seed } from "../fixtures/seed.ts";
import { expect, test } from "../fixtures/test.ts";
import { Panel } from "../pages/panel.ts";

test("a reload and the back button restore the workspace, tab, open file and unsaved text", async ({
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

test("a reload keeps unsaved settings, event filters, the open log and the metrics range", async ({
  canvas,
  berth,
  page,
}) => {
  const id = idOf(await seed(berth.client, [{ name: "drafty" }]), "drafty");
  await page.goto(`${berth.api.url}/?w=${id}`);
  const details = page.locator("#panel-details");
  await details.getByRole("button", { name: "Last day" }).click();
  await details.getByRole("button", { name: "Boot log" }).click();
  const config = await canvas.openTab("config");
  await config.getByLabel("Role").fill("half written");
  const container = await canvas.openTab("container-config");
  await container.getByRole("radio", { name: "Always keep" }).check();
  const events = await canvas.openTab("events");
  await events.getByLabel("Show").selectOption("status");

  await page.reload();
  await expect(events.getByLabel("Show")).toHaveValue("status");
  await canvas.openTab("container-config");
  await expect(container.getByRole("radio", { name: "Always keep" })).toBeChecked();
  await canvas.openTab("config");
  await expect(config.getByLabel("Role")).toHaveValue("half written");
  await canvas.openTab("details");
  await expect(details.getByRole("button", { name: "Last day" })).toHaveAttribute("aria-pressed", "true");
  await expect(details.getByRole("button", { name: "Hide boot log" })).toBeVisible();

  await test.step("a reload after saving or discarding shows the current values", async () => {
    await canvas.openTab("config");
    await config.getByRole("button", { name: "Save", exact: true }).click();
    await expect.poll(async () => (await berth.client.workspaces.get.query({ id })).role).toBe("half written");
    await canvas.openTab("container-config");
    await container.getByRole("button", { name: "Discard" }).click();
    await berth.client.workspaces.update.mutate({ id, role: "from elsewhere" });
    await page.reload();
    await canvas.openTab("config");
    await expect(config.getByLabel("Role")).toHaveValue("from elsewhere");
    await canvas.openTab("container-config");
    await expect(container.getByRole("radio", { name: "Auto" })).toBeChecked();
  });
});
