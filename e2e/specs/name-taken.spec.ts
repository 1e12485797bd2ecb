import type { BerthClient } from "@berth/client";
import { idOf, seed } from "../fixtures/seed.ts";
import { expect, test } from "../fixtures/test.ts";
import { Keyboard } from "../pages/keyboard.ts";

/** Deletes a workspace, and gives its name to another one. */
async function takeName(client: BerthClient, name: string): Promise<{ id: string; otherId: string }> {
  const id = idOf(await seed(client, [{ name }]), name);
  await client.workspaces.delete.mutate({ id, confirmName: name });
  await expect.poll(async () => (await client.workspaces.get.query({ id })).status).toBe("deleted");
  return { id, otherId: idOf(await seed(client, [{ name }]), name) };
}

const nameOf = async (client: BerthClient, id: string) => (await client.workspaces.get.query({ id })).name;

test("can restore from Saved data under another name by keyboard alone", async ({ canvas, berth, page }) => {
  const { id } = await takeName(berth.client, "api");
  await seed(berth.client, [{ name: "api 2", x: 400 }]);
  await expect(canvas.map.surface).toContainText("2 workspaces");
  await page.getByRole("button", { name: "Saved data" }).click();
  const keys = new Keyboard(page);
  await expect(page.getByRole("button", { name: "Restore api" })).toBeVisible();
  await keys.tabTo("button", "Restore api");
  await keys.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Restore api under another name" });
  await expect(dialog).toContainText("Another workspace is named “api”.");
  const name = dialog.getByRole("textbox", { name: "New name" });
  await expect(name).toBeFocused();
  await expect(name).toHaveValue("api 3");

  // A taken name and an invalid name show an error below the field, which keeps the focus.
  await keys.press("Control+a");
  await keys.type("api 2");
  await keys.press("Enter");
  await expect(name).toHaveAccessibleDescription(/Another workspace is named “api 2”/);
  await expect(name).toBeFocused();
  await keys.press("Control+a", "Delete", "Enter");
  await expect(name).toHaveAccessibleDescription("A workspace needs a name.");
  await keys.type("api restored");
  await keys.press("Enter");
  await expect(dialog).toBeHidden();
  await expect.poll(() => nameOf(berth.client, id)).toBe("api restored");
  await expect(page.getByRole("main").getByRole("listitem").filter({ hasText: "api restored" })).toContainText(
    "In use",
  );
});

test("the restore dialog links to the workspace that uses the name", async ({ canvas, berth, page }) => {
  const { id, otherId } = await takeName(berth.client, "api");
  await expect(canvas.node(otherId)).toContainText("Online");
  await page.goto(`${berth.api.url}/?w=${id}&tab=details`);
  await page.getByRole("button", { name: "Restore" }).first().click();
  const dialog = page.getByRole("dialog", { name: "Restore api under another name" });
  await dialog.getByRole("link", { name: "Open api" }).click();
  await expect(dialog).toBeHidden();
  await expect(page).toHaveURL(new RegExp(`w=${otherId}`));
  await expect(page.locator(`[data-panel-of="${otherId}"]`)).toBeVisible();
  expect((await berth.client.workspaces.get.query({ id })).status).toBe("deleted");
});

test("undoing a delete asks for another name when the name is taken", async ({ canvas, berth, page }) => {
  const id = idOf(await seed(berth.client, [{ name: "api" }]), "api");
  await canvas.node(id).click();
  await canvas.deleteWorkspace("api", { eraseData: false });
  const undo = page.getByRole("button", { name: "Undo", exact: true });
  await expect(undo).toBeEnabled();
  await seed(berth.client, [{ name: "api" }]);
  await undo.click();
  const dialog = page.getByRole("dialog", { name: "Restore api under another name" });
  await dialog.getByRole("button", { name: "Restore" }).click();
  await expect.poll(() => nameOf(berth.client, id)).toBe("api 2");
  await expect(undo).toBeHidden();
});

test("creating a workspace with a taken name suggests a free one", async ({ canvas, berth, page }) => {
  await seed(berth.client, [{ name: "api" }]);
  await canvas.createWorkspace({ name: "api", backend: "memory" });
  const dialog = page.getByRole("dialog", { name: "New workspace" });
  const name = dialog.getByLabel("Name", { exact: true });
  await expect(name).toBeFocused();
  await expect(name).toHaveAccessibleDescription(/Another workspace is named “api”/);
  await expect(dialog.getByRole("link", { name: "Open api" })).toBeVisible();
  await dialog.getByRole("button", { name: "Use “api 2”" }).click();
  await expect(name).toBeFocused();
  await expect(name).toHaveValue("api 2");
  await dialog.getByRole("button", { name: "Create" }).click();
  await expect(dialog).toBeHidden();
  await expect(canvas.map.surface).toContainText("2 workspaces");
  const { items } = await berth.client.workspaces.list.query({});
  expect(items.map((each) => each.name).sort()).toEqual(["api", "api 2"]);
});

test("renaming a workspace to a taken name suggests a free one", async ({ canvas, berth, page }) => {
  const ids = await seed(berth.client, [{ name: "api" }, { name: "web", x: 400 }]);
  const id = idOf(ids, "web");
  await canvas.node(id).click();
  await page.getByRole("button", { name: "Rename" }).click();
  const name = page.getByRole("textbox", { name: "Name", exact: true });
  await name.fill("api");
  await name.press("Enter");
  await expect(page.getByRole("link", { name: "Open api" })).toBeVisible();
  const keys = new Keyboard(page);
  await keys.tabTo("button", "Use “api 2”");
  await keys.press("Enter");
  await expect(name).toBeFocused();
  await expect(name).toHaveValue("api 2");
  await keys.press("Enter");
  await expect.poll(() => nameOf(berth.client, id)).toBe("api 2");
  await expect(page.getByRole("heading", { name: "api 2" })).toBeFocused();
});
