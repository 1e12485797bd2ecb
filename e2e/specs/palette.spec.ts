import { idOf, seed } from "../fixtures/seed.ts";
import { expect, test } from "../fixtures/test.ts";

test("picking a workspace opens it and brings its card into view", async ({ canvas, berth, page }) => {
  const ids = await seed(berth.client, [{ name: "near" }, { name: "far away", x: 9000, y: 9000 }]);
  await page.getByTestId("nav-home").click();
  await canvas.palette.pick("far aw");
  await expect(page).toHaveURL(new RegExp(`w=${idOf(ids, "far away")}`));
  await expect(canvas.node(idOf(ids, "far away"))).toBeInViewport();
});

test("can open views and tabs, and run actions on the open workspace", async ({ canvas, berth, page }) => {
  const ids = await seed(berth.client, [{ name: "worker" }]);
  await canvas.palette.pick("settings");
  await expect(page.getByRole("heading", { name: "Settings" })).toBeVisible();
  await canvas.palette.pick("worker");
  await canvas.palette.pick("files of");
  await expect(page.locator("#tab-files")).toHaveAttribute("aria-selected", "true");
  await canvas.palette.pick("pause worker");
  await expect(canvas.node(idOf(ids, "worker"))).toContainText("Paused");
  await canvas.palette.pick("rename nothing of this kind");
  await expect(canvas.palette.dialog).toContainText("No results for");
  await page.keyboard.press("Escape");
  await canvas.palette.pick("move worker");
  await expect(page.getByRole("dialog", { name: "Move worker to…" })).toBeVisible();
});

test("arrow keys move the selection, Escape closes only the palette, and ? opens the shortcuts", async ({
  canvas,
  berth,
  page,
}) => {
  const ids = await seed(berth.client, [{ name: "worker" }]);
  await page.goto(`${berth.api.url}/?w=${idOf(ids, "worker")}`);
  await expect(page.getByRole("complementary", { name: "Workspace" })).toBeVisible();
  await canvas.palette.open();
  await page.keyboard.press("ArrowDown");
  await expect(canvas.palette.dialog.getByRole("option", { selected: true })).toHaveAttribute("aria-posinset", "2");
  await page.keyboard.press("Escape");
  await expect(canvas.palette.dialog).toBeHidden();
  await expect(page.getByRole("complementary", { name: "Workspace" })).toBeVisible();
  await page.keyboard.press("?");
  const sheet = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(sheet).toContainText("Ctrl+K");
  await page.keyboard.press("Escape");
  await expect(sheet).toBeHidden();
});

test("palette actions apply to all selected workspaces", async ({ canvas, berth, page }) => {
  const ids = await seed(berth.client, [{ name: "a" }, { name: "b" }, { name: "c" }]);
  await berth.client.workspaces.pause.mutate({ id: idOf(ids, "b") });
  await page.getByTestId("nav-home").click();
  await expect(canvas.list.row("b")).toContainText("Paused");
  await canvas.list.select("a", "b", "c");
  await canvas.palette.open();
  // The first entry, which Enter picks without input, opens a dialog instead of acting at once.
  await expect(canvas.palette.dialog.getByRole("option").first()).toContainText("Move 3 selected workspaces to…");
  await page.keyboard.press("Escape");
  await canvas.palette.pick("pause");
  await expect(canvas.list.row("a")).toContainText("Paused");
  await expect(canvas.list.row("c")).toContainText("Paused");

  await canvas.list.select("a", "b");
  await canvas.palette.pick("delete selected");
  await expect(page.getByRole("alertdialog", { name: "Delete 2 workspaces?" })).toBeVisible();
});

test("palette actions apply to the focused card or row while another workspace is open", async ({
  canvas,
  berth,
  page,
}) => {
  const ids = await seed(berth.client, [{ name: "open" }, { name: "looked at", x: 320 }]);
  await page.goto(`${berth.api.url}/?w=${idOf(ids, "open")}`);
  await canvas.map.card(idOf(ids, "looked at")).focus();
  await canvas.palette.pick("pause");
  await expect(canvas.node(idOf(ids, "looked at"))).toContainText("Paused");
  await expect(canvas.node(idOf(ids, "open"))).toContainText("Online");

  await page.getByTestId("nav-home").click();
  await page.getByRole("link", { name: "looked at", exact: true }).focus();
  await canvas.palette.pick("resume");
  await expect(canvas.list.row("looked at")).toContainText("Online");
  // The tabs of the open workspace stay available.
  await canvas.palette.pick("events of open");
  await expect(page.locator("#tab-events")).toHaveAttribute("aria-selected", "true");
});
