import type { Page } from "@playwright/test";
import { collectConsoleErrors, expectAccessible, expectNoHorizontalScroll } from "../fixtures/page-checks.ts";
import { type Scenario, seedScenario } from "../fixtures/scenario.ts";
import { expect, test } from "../fixtures/test.ts";
import { expectTouchTargetSize } from "../fixtures/touch-targets.ts";
import { expectFullyVisible } from "../fixtures/visibility.ts";

// The main tasks on a phone, by touch: see the workspaces, open one, edit a file, undo a delete.

let scenario: Scenario;

test.beforeEach(async ({ canvas: _signedIn, berth }) => {
  scenario = await seedScenario(berth.client);
});

test("can find and open a workspace, edit a file and undo a delete on a phone", async ({ canvas, berth, page }) => {
  const consoleErrors = collectConsoleErrors(page);
  const { lead, member } = scenario;
  await page.getByTestId("nav-home").tap();
  await expect(canvas.list.names).toHaveCount(3);
  await canvas.list.search.fill("lead");
  await expect(canvas.list.names).toHaveText([lead.name]);
  await canvas.list.names.first().tap();

  const panel = page.getByRole("complementary", { name: "Workspace" });
  await expect(panel.getByRole("heading", { name: lead.name })).toBeVisible();
  const box = await panel.boundingBox();
  expect(box, "the panel covers the whole screen").toEqual({ x: 0, y: 0, width: 390, height: 844 });

  for (const tab of ["activity", "events", "ports", "container-config", "files"]) {
    await page.locator(`#tab-${tab}`).tap();
    await expect(page.locator(`#tab-${tab}`)).toHaveAttribute("aria-selected", "true");
    await expect(page.locator(`#tab-${tab}`)).toBeInViewport();
    await expect(page.locator(`#panel-${tab}`)).toBeVisible();
  }

  await canvas.files.entry("notes.md").tap();
  await expect(canvas.files.editor).toContainText("A line of the notes.");
  await canvas.files.editor.tap();
  await canvas.files.editor.fill("# By thumb\n");
  await page.getByRole("button", { name: "Save", exact: true }).tap();
  await expect.poll(() => berth.read(lead.id, "notes.md")).toBe("# By thumb\n");
  await page.getByRole("button", { name: "All files" }).tap();
  await expect(canvas.files.entry("src")).toBeVisible();

  await page.getByRole("button", { name: "Close panel" }).tap();
  await expect(panel).toBeHidden();
  await canvas.list.search.fill("");
  await page.getByRole("link", { name: member.name, exact: true }).tap();
  await page.locator("#panel-details").getByRole("button", { name: "Delete" }).tap();
  const deleteDialog = page.getByRole("alertdialog", { name: `Delete ${member.name}?` });
  await expectFullyVisible(deleteDialog, "delete dialog");
  await deleteDialog.getByLabel(`Type ${member.name} to confirm`).fill(member.name);
  await deleteDialog.getByRole("button", { name: "Delete" }).tap();
  await page.getByRole("button", { name: "Undo" }).tap();
  await expect.poll(async () => (await berth.client.workspaces.get.query({ id: member.id })).status).toBe("online");
  await expect(page.getByText(`${member.name} restored.`)).toBeVisible();
  expect(consoleErrors).toEqual([]);
});

test("screens do not scroll horizontally on a phone, and touch targets are large enough", async ({ berth, page }) => {
  test.setTimeout(180_000);
  page.setDefaultTimeout(20_000);
  for (const { name, path, waitUntilReady } of screens(scenario)) {
    await test.step(name, async () => {
      await page.goto(berth.api.url + path);
      await waitUntilReady(page);
      await expectNoHorizontalScroll(page);
      await expectTouchTargetSize(page, name);
      await expectAccessible(page, name);
    });
  }
});

test("tapping a card opens its panel, whose menu and dialogs fit the screen", async ({ canvas, page }) => {
  const { lead } = scenario;
  await page.getByRole("button", { name: "Fit View" }).tap();
  await canvas.map.card(lead.id).tap();
  const panel = page.getByRole("complementary", { name: "Workspace" });
  await expect(panel.getByRole("heading", { name: lead.name })).toBeVisible();
  await page.getByRole("button", { name: `Actions for ${lead.name}` }).tap();
  const menu = page.getByRole("menu", { name: lead.name });
  await expectFullyVisible(menu, "actions menu");
  await menu.getByRole("menuitem", { name: "Move to…" }).tap();
  const dialog = page.getByRole("dialog", { name: `Move ${lead.name} to…` });
  await expectFullyVisible(dialog, "move dialog");
  await dialog.getByRole("button", { name: "Cancel" }).tap();
  await expect(dialog).toBeHidden();
});

test("Undo reverts moving a card by touch", async ({ canvas, berth, page }) => {
  const { lead } = scenario;
  await page.getByRole("button", { name: "Fit View" }).tap();
  await canvas.map.waitUntilStill();
  const fetchPosition = async () => (await berth.client.workspaces.get.query({ id: lead.id })).position;
  const before = await fetchPosition();
  const at = await canvas.map.center(lead.id);
  await canvas.map.dragTo(lead.id, { x: at.x + 10, y: at.y - 60 });
  await canvas.map.drop();
  await expect.poll(fetchPosition).not.toEqual(before);
  await expect(page.getByText(`${lead.name} moved.`)).toBeVisible();
  await expect(page.getByText("to undo")).toHaveCount(0);
  await page.getByRole("button", { name: "Undo" }).tap();
  await expect.poll(fetchPosition).toEqual(before);
});

interface Screen {
  name: string;
  path: string;
  waitUntilReady: (page: Page) => Promise<void>;
}

function screens({ lead }: Scenario): Screen[] {
  const main = (page: Page) => expect(page.getByRole("main").getByRole("heading").first()).toBeVisible();
  const view = (name: string) => ({ name, path: `/?view=${name}`, waitUntilReady: main });
  const tab = (id: string, more = "", waitForContent?: Screen["waitUntilReady"]) => ({
    name: id + more,
    path: `/?w=${lead.id}&tab=${id}${more}`,
    waitUntilReady: async (page: Page) => {
      await expect(page.locator(`#panel-${id}`)).toHaveText(/\S/);
      await expect(page.locator(`#panel-${id}`).getByRole("status", { name: /^Loading/ })).toHaveCount(0);
      await waitForContent?.(page);
    },
  });
  return [
    ...["map", "home", "saved", "settings"].map(view),
    ...["activity", "details", "terminal", "config", "container-config", "events", "ports"].map((id) => tab(id)),
    tab("files", "", (page) => expect(page.getByRole("treeitem", { name: "notes.md" })).toBeVisible()),
    tab("files", "&file=/notes.md", (page) => expect(page.getByRole("textbox", { name: /, text$/ })).toBeVisible()),
  ];
}
