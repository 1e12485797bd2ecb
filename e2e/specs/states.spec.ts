import { readFile } from "node:fs/promises";
import { idOf, seed } from "../fixtures/seed.ts";
import { expect, test } from "../fixtures/test.ts";

test("can resume a paused and wake a hibernated workspace from its card", async ({ canvas, berth, page }) => {
  const ids = await seed(berth.client, [{ name: "paused-card" }, { name: "hibernated-card", x: 320 }]);
  const [paused, hibernated] = [idOf(ids, "paused-card"), idOf(ids, "hibernated-card")];
  await berth.client.workspaces.pause.mutate({ id: paused });
  await berth.client.workspaces.hibernate.mutate({ id: hibernated });
  await page.goto(berth.api.url);
  await canvas.map.fit();

  await expect(canvas.node(paused)).toHaveAttribute("data-status", "paused");
  await canvas.node(paused).getByText("Resume", { exact: true }).click();
  await expect(canvas.node(paused)).toHaveAttribute("data-status", "online");
  // The click must not also open the card.
  await expect(page.getByRole("complementary", { name: "Workspace" })).toHaveCount(0);

  await expect(canvas.node(hibernated)).toHaveAttribute("data-status", "hibernated");
  await canvas.map.card(hibernated).focus();
  await page.keyboard.press("n");
  await expect(canvas.node(hibernated)).toHaveAttribute("data-status", "online");
});

test("can resume a paused workspace from its panel", async ({ canvas, berth, page }) => {
  const ids = await seed(berth.client, [{ name: "halted" }]);
  const id = idOf(ids, "halted");
  await berth.client.workspaces.pause.mutate({ id });
  await page.goto(`${berth.api.url}/?w=${id}&tab=files`);
  const panel = page.getByRole("complementary", { name: "Workspace" });
  await panel.getByText("Resume to continue where it stopped.").first().waitFor();
  await panel.getByRole("button", { name: "Resume" }).first().click();
  await expect(canvas.node(id)).toHaveAttribute("data-status", "online");
});

test("can find, download and adopt the data of a deleted workspace", async ({ canvas, berth, page }) => {
  const ids = await seed(berth.client, [{ name: "ended" }, { name: "goes on" }]);
  const id = idOf(ids, "ended");
  await berth.client.files.write.mutate({
    workspaceId: id,
    root: "/workspace",
    path: "kept.txt",
    content: "still here",
  });
  await berth.client.workspaces.delete.mutate({ id, confirmName: "ended" });
  await expect.poll(async () => (await berth.client.workspaces.get.query({ id })).status).toBe("deleted");

  await page.goto(`${berth.api.url}/?view=saved`);
  const rows = page.getByRole("listitem");
  await page.getByRole("searchbox", { name: "Find by workspace or volume id" }).fill("end");
  await page.getByRole("button", { name: /^Kept \d/ }).click();
  await expect(page).toHaveURL(/q=end/);
  await expect(rows).toHaveCount(1);
  await page.reload();
  await expect(rows).toHaveCount(1);

  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download the data of ended" }).click();
  await page.getByRole("menuitem", { name: "/workspace as zip" }).click();
  const archive = await readFile(await (await download).path());
  expect(archive.subarray(0, 2).toString()).toBe("PK");
  expect(archive.includes("kept.txt")).toBe(true);

  await page.getByRole("button", { name: "Adopt the data of ended" }).click();
  const dialog = page.getByRole("dialog", { name: "New workspace from the data of ended" });
  await dialog.getByLabel("Name").fill("adopter");
  await dialog.getByRole("button", { name: "Create workspace" }).click();
  await expect(page.getByRole("complementary", { name: "Workspace" }).getByText("Online").first()).toBeVisible();
  const { items } = await berth.client.workspaces.list.query({ search: "adopter" });
  expect(await berth.read(items[0]?.id ?? "", "kept.txt")).toBe("still here");
  await expect(canvas.page.getByText("No saved data matches these filters.")).toBeVisible();
});

test("“Erase now” erases kept data only after its exact name is typed", async ({ canvas: _signedIn, berth, page }) => {
  const id = idOf(await seed(berth.client, [{ name: "Kept Name" }]), "Kept Name");
  const { volume } = await berth.client.workspaces.get.query({ id });
  const state = async () => (await berth.client.volumes.get.query({ id: volume?.id ?? "" })).state;
  await berth.client.workspaces.delete.mutate({ id, confirmName: "Kept Name" });
  await expect.poll(state).toBe("retained");
  await page.goto(`${berth.api.url}/?view=saved`);
  await page.getByRole("button", { name: "Erase now: Kept Name" }).click();
  const dialog = page.getByRole("alertdialog", { name: "Erase the data of Kept Name?" });
  const field = dialog.getByLabel("Type Kept Name to confirm");
  const confirm = dialog.getByRole("button", { name: "Erase now" });
  for (const wrong of ["", "kept name", "Kept"]) {
    await field.fill(wrong);
    await field.press("Enter");
    await expect(confirm).toBeDisabled();
  }
  await expect(dialog).toBeVisible();
  expect(await state()).toBe("retained");
  await field.fill(" Kept Name ");
  await field.press("Enter");
  await expect(dialog).toBeHidden();
  await expect.poll(state).toBe("erased");
});

test("saved filters update the URL when chosen, and can be deleted", async ({ canvas, berth, page }) => {
  const ids = await seed(berth.client, [{ name: "runs" }, { name: "waits" }]);
  await berth.client.workspaces.pause.mutate({ id: idOf(ids, "waits") });
  await page.goto(`${berth.api.url}/?view=home`);
  await page.getByRole("button", { name: /^Paused 1/ }).click();
  await expect(canvas.list.names).toHaveText(["waits"]);
  await page.getByRole("button", { name: "Saved filters" }).click();
  await page.getByRole("menuitem", { name: "Save filters…" }).click();
  const dialog = page.getByRole("dialog", { name: "Save filters" });
  await dialog.getByLabel("Name").fill("Resting");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("button", { name: "Resting" })).toBeVisible();

  await page.goto(`${berth.api.url}/?view=home`);
  await expect(canvas.list.names).toHaveText(["runs", "waits"]);
  await page.getByRole("button", { name: "Saved filters" }).click();
  await page.getByRole("menuitem", { name: "Resting" }).click();
  await expect(page).toHaveURL(/status=paused/);
  await expect(canvas.list.names).toHaveText(["waits"]);
  await page.getByRole("button", { name: "Resting" }).click();
  await page.getByRole("menuitem", { name: "Delete “Resting”" }).click();
  await page.goto(`${berth.api.url}/?view=home`);
  await expect(page.getByRole("button", { name: "Saved filters" })).toHaveCount(0);
});
