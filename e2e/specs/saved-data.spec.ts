import type { Page } from "@playwright/test";
import { idOf, seed } from "../fixtures/seed.ts";
import { expect, test } from "../fixtures/test.ts";

const rowOf = (page: Page, name: string) => page.getByRole("main").getByRole("listitem").filter({ hasText: name });

test("Saved data shows changes by another client without a reload", async ({ canvas, berth, page }) => {
  const id = idOf(await seed(berth.client, [{ name: "goner" }]), "goner");
  await expect(canvas.node(id)).toContainText("Online");
  await page.getByRole("button", { name: "Saved data" }).click();
  await expect(rowOf(page, "goner")).toContainText("In use by its workspace.");
  // A reload would delete this marker; its presence shows that the change arrived live.
  await page.evaluate(() => document.body.setAttribute("data-same-page", ""));

  await berth.client.workspaces.delete.mutate({ id, confirmName: "goner" });
  await expect(rowOf(page, "goner")).toContainText("Erased in");
  await expect(page.getByRole("button", { name: "Restore goner" })).toBeVisible();
  await expect(rowOf(page, "goner")).toContainText("Kept");

  const newcomer = await berth.client.workspaces.create.mutate({ name: "newcomer", compute: { backend: "memory" } });
  await expect(rowOf(page, "newcomer")).toContainText("In use by its workspace.");
  await berth.client.workspaces.update.mutate({ id: newcomer.workspace.id, name: "settler" });
  await expect(rowOf(page, "settler")).toBeVisible();

  await berth.client.workspaces.restore.mutate({ id });
  await expect(rowOf(page, "goner")).toContainText("In use by its workspace.");
  await expect(page.locator("body[data-same-page]")).toBeAttached();
});

test("“Show in Saved data” after a delete shows the erase countdown and Restore", async ({ canvas, berth, page }) => {
  const id = idOf(await seed(berth.client, [{ name: "leaver" }]), "leaver");
  await expect(canvas.node(id)).toContainText("Online");
  await page.getByRole("button", { name: "Saved data" }).click();
  await expect(rowOf(page, "leaver")).toContainText("In use by its workspace.");
  await rowOf(page, "leaver").getByRole("button", { name: "Open workspace leaver" }).click();
  await canvas.deleteWorkspace("leaver", { eraseData: false });
  await page.getByRole("button", { name: "Map" }).click();
  await page.getByRole("button", { name: "Show in Saved data" }).click();
  await expect(rowOf(page, "leaver")).toContainText("Erased in");
  await expect(page.getByRole("button", { name: "Restore leaver" })).toBeVisible();
});

test("the adopt dialog focuses the name field", async ({ canvas, berth, page }) => {
  const id = idOf(await seed(berth.client, [{ name: "left" }]), "left");
  await expect(canvas.node(id)).toContainText("Online");
  await berth.client.workspaces.delete.mutate({ id, confirmName: "left" });
  await page.getByRole("button", { name: "Saved data" }).click();
  await page.getByRole("button", { name: "Adopt the data of left" }).click();
  await expect(page.getByRole("dialog").getByLabel("Name", { exact: true })).toBeFocused();
});
