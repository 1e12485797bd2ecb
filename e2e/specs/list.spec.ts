import { idOf, seed } from "../fixtures/seed.ts";
import { expect, test } from "../fixtures/test.ts";

const HUNDRED_ROWS = Array.from({ length: 100 }, (_, at) => ({ name: `row ${at + 1}` }));

test("filters and sort order are stored in the URL and survive a reload", async ({ canvas, berth, page }) => {
  const ids = await seed(berth.client, [{ name: "api 10" }, { name: "api 9" }, { name: "web", role: "Shows pages" }]);
  await berth.client.workspaces.pause.mutate({ id: idOf(ids, "api 9") });
  await page.getByTestId("nav-home").click();
  await expect(canvas.list.names).toHaveText(["api 9", "api 10", "web"]);

  await canvas.list.sortBy("Name");
  await expect(canvas.list.names).toHaveText(["web", "api 10", "api 9"]);
  await expect(canvas.list.table.getByRole("columnheader", { name: "Name" })).toHaveAttribute(
    "aria-sort",
    "descending",
  );

  await canvas.list.search.fill("api");
  await expect(canvas.list.names).toHaveText(["api 10", "api 9"]);
  await page.getByRole("button", { name: /^Paused/ }).click();
  await expect(canvas.list.names).toHaveText(["api 9"]);
  await expect(page).toHaveURL(/view=home&q=api&status=paused&sort=-name/);

  await page.reload();
  await expect(canvas.list.names).toHaveText(["api 9"]);
  await expect(canvas.list.search).toHaveValue("api");

  // Remote changes update the filtered list.
  await berth.client.workspaces.resume.mutate({ id: idOf(ids, "api 9") });
  await expect(page.getByText("No workspace matches these filters.")).toBeVisible();
  await page.getByRole("button", { name: "Clear filters" }).click();
  await expect(canvas.list.names).toHaveCount(3);
});

test("batch actions work by keyboard and show how many workspaces they apply to", async ({ canvas, berth, page }) => {
  const ids = await seed(berth.client, [{ name: "a" }, { name: "b" }, { name: "c" }]);
  await page.getByTestId("nav-home").click();
  await canvas.list.names.first().focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("Shift+ArrowDown");
  await expect(canvas.list.selectionBar).toContainText("2 workspaces selected");
  await canvas.list.selectionBar.getByRole("button", { name: "Pause 2 workspaces" }).press("Enter");
  await expect(canvas.list.row("a")).toContainText("Paused");
  await expect(canvas.list.row("b")).toContainText("Paused");
  await expect(canvas.list.row("c")).toContainText("Online");
  await expect(canvas.list.selectionBar).toBeHidden();

  // Each button shows how many of the selected workspaces it applies to.
  await canvas.list.select("a", "b", "c");
  await expect(canvas.list.selectionBar.getByRole("button", { name: "Resume 2 workspaces" })).toBeVisible();
  await canvas.list.selectionBar.getByRole("button", { name: "Restart 1 workspace" }).click();
  const dialog = page.getByRole("alertdialog", { name: "Restart 1 workspace?" });
  await expect(dialog.getByRole("button", { name: "Cancel" })).toBeFocused();
  await dialog.getByRole("button", { name: "Restart 1 workspace" }).click();
  await expect.poll(async () => (await berth.client.workspaces.get.query({ id: idOf(ids, "c") })).generation).toBe(2);
});

test("a batch action lists refused workspaces and keeps them selected", async ({ canvas, berth, page }) => {
  await seed(berth.client, [{ name: "fine" }, { name: "moved on" }]);
  await page.getByTestId("nav-home").click();
  await canvas.list.select("fine", "moved on");
  // Simulates a stale generation for one of the two.
  await page.route("**/trpc/workspaces.pause", async (route) => {
    const body = route.request().postDataJSON();
    const { items } = await berth.client.workspaces.list.query({ search: "moved on" });
    await route.continue({ postData: JSON.stringify(body.id === items[0]?.id ? { ...body, ifGeneration: 7 } : body) });
  });
  await canvas.list.selectionBar.getByRole("button", { name: "Pause 2 workspaces" }).click();
  const summary = canvas.list.selectionBar.getByRole("alert");
  await expect(summary).toContainText("requested for 1 of 2");
  await expect(summary).toContainText("moved on");
  await expect(canvas.list.selectionBar).toContainText("1 workspace selected");
  await summary.getByRole("button", { name: "Dismiss summary" }).click();
  await expect(summary).toBeHidden();
});

test("a bulk delete includes teams and asks once, and one Undo restores all", async ({ canvas, berth, page }) => {
  await seed(berth.client, [
    { name: "lead" },
    { name: "member", parent: "lead" },
    { name: "other" },
    { name: "stays" },
  ]);
  await page.getByTestId("nav-home").click();
  await canvas.list.select("lead", "other");
  await canvas.list.selectionBar.getByRole("button", { name: "Delete…" }).click();
  const dialog = page.getByRole("alertdialog", { name: "Delete 3 workspaces?" });
  await expect(dialog.getByRole("list", { name: "Workspaces to delete" }).getByRole("listitem")).toHaveCount(3);
  const confirm = dialog.getByRole("button", { name: "Delete 3 workspaces" });
  await dialog.getByLabel("Type delete 3 workspaces to confirm").fill("delete 2 workspaces");
  await expect(confirm).toBeDisabled();
  await dialog.getByLabel("Type delete 3 workspaces to confirm").fill("delete 3 workspaces");
  await confirm.click();
  await expect(canvas.list.names).toHaveText(["stays"]);

  await page.getByRole("button", { name: "Undo" }).click();
  await expect(canvas.list.names).toHaveText(["lead", "member", "other", "stays"]);
  await expect.poll(async () => (await berth.client.workspaces.list.query({ status: "online" })).items.length).toBe(4);
});

test("Undo after deleting a lead restores its team with it", async ({ canvas, berth, page }) => {
  const ids = await seed(berth.client, [
    { name: "lead" },
    { name: "member", parent: "lead" },
    { name: "below", parent: "member" },
  ]);
  const parents = async () => {
    const { nodes } = await berth.client.canvas.snapshot.query({});
    return Object.fromEntries(nodes.map(({ name, parentId }) => [name, parentId]));
  };
  const before = await parents();
  await canvas.node(idOf(ids, "lead")).click();
  await canvas.deleteWorkspace("lead", { eraseData: false });
  await expect.poll(parents).toEqual({});
  await page.getByRole("button", { name: "Undo", exact: true }).click();
  await expect(page.getByText("3 workspaces restored.")).toBeVisible();
  expect(await parents()).toEqual(before);
});

test("a long list renders only visible rows, and End focuses the last one", async ({ canvas, berth, page }) => {
  await seed(berth.client, HUNDRED_ROWS);
  await page.getByTestId("nav-home").click();
  await expect(canvas.list.table).toHaveAttribute("aria-rowcount", "101");
  expect(await canvas.list.names.count()).toBeLessThan(50);
  await canvas.list.names.first().focus();
  await page.keyboard.press("End");
  await expect(page.getByRole("link", { name: "row 100", exact: true })).toBeFocused();
  await page.keyboard.press("Control+a");
  await expect(canvas.list.selectionBar).toContainText("100 workspaces selected");
  await page.keyboard.press("Escape");
  await expect(canvas.list.selectionBar).toBeHidden();
});

test("the list fits the window at 200% zoom", async ({ canvas, berth, page }) => {
  await seed(berth.client, [{ name: "a" }]);
  // The viewport of a 1280 by 800 window at 200 %.
  await page.setViewportSize({ width: 640, height: 400 });
  await page.getByTestId("nav-home").click();
  await canvas.list.select("a");
  await expect(canvas.list.selectionBar.getByRole("button", { name: "Pause 1 workspace" })).toBeInViewport();
  await expect(canvas.list.row("a")).toBeInViewport();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(640);
});

test("Space selects the focused row after a row is inserted above it", async ({ canvas, berth, page }) => {
  await seed(berth.client, [{ name: "b" }, { name: "c" }]);
  await page.getByTestId("nav-home").click();
  await canvas.list.names.first().focus();
  await seed(berth.client, [{ name: "a" }]);
  await expect(canvas.list.names).toHaveText(["a", "b", "c"]);
  await expect(page.getByRole("link", { name: "b", exact: true })).toBeFocused();

  await page.keyboard.press("Space");
  await expect(canvas.list.checkbox("b")).toBeChecked();
  await expect(canvas.list.selectionBar).toContainText("1 workspace selected");
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("link", { name: "c", exact: true })).toBeFocused();
});

test("a Shift range selection can shrink, by arrow keys and by click", async ({ canvas, berth, page }) => {
  await seed(berth.client, [{ name: "a" }, { name: "b" }, { name: "c" }, { name: "d" }]);
  await page.getByTestId("nav-home").click();
  await canvas.list.names.first().focus();
  await page.keyboard.press("Shift+ArrowDown");
  await page.keyboard.press("Shift+ArrowDown");
  await expect(canvas.list.selectionBar).toContainText("3 workspaces selected");
  await page.keyboard.press("Shift+ArrowUp");
  await page.keyboard.press("Shift+ArrowUp");
  await expect(canvas.list.selectionBar).toContainText("1 workspace selected");
  // Shift+click keeps the same anchor.
  await canvas.list.checkbox("d").click({ modifiers: ["Shift"] });
  await expect(canvas.list.selectionBar).toContainText("4 workspaces selected");
  await canvas.list.checkbox("b").click({ modifiers: ["Shift"] });
  await expect(canvas.list.selectionBar).toContainText("2 workspaces selected");
});

test("the selection bar counts selected workspaces hidden by a filter", async ({ canvas, berth, page }) => {
  await seed(berth.client, [{ name: "api 1" }, { name: "api 2" }, { name: "web" }]);
  await page.getByTestId("nav-home").click();
  await canvas.list.select("api 1", "web");
  await expect(canvas.list.selectionBar).not.toContainText("not shown");
  await canvas.list.search.fill("api");
  await expect(canvas.list.selectionBar).toContainText("2 workspaces selected, 1 not shown");
});

test("an empty list and an empty map both offer “Create workspace”", async ({ canvas: _signedIn, page }) => {
  const createButton = page.getByRole("main").getByRole("button", { name: "Create workspace" });
  await expect(createButton.locator("svg")).toHaveCount(1);
  await page.getByTestId("nav-home").click();
  await expect(page.getByRole("heading", { name: "Workspaces", exact: true })).toBeVisible();
  await expect(createButton.locator("svg")).toHaveCount(1);
});
