import type { Page } from "@playwright/test";
import { FAILED, failProcedure, fakeEveryStatus, fakeState, fakeUsage, lateStart } from "./fake-states.ts";
import { type Ids, idIn } from "./seed-pictures.ts";

export interface Picture {
  /** The file name without extension. */
  name: string;
  /** The caption, which the gallery prints. */
  caption: string;
  path: (ids: Ids) => string;
  theme: "light" | "dark";
  width?: number;
  height?: number;
  /** Runs before the page opens. */
  fakeState?: (page: Page, ids: Ids) => Promise<void>;
  /** Runs after the page has loaded. */
  before?: (page: Page) => Promise<void>;
  /** The part of the page to capture; by default all of it. */
  part?: (page: Page) => ReturnType<Page["locator"]>;
}

const PHONE = { width: 390, height: 844 } as const;

const workspaceTab =
  (name: string, tab: string, more = "") =>
  (ids: Ids) =>
    `/?w=${idIn(ids, name)}&tab=${tab}${more}`;

export const VIEW_PICTURES: readonly Picture[] = [
  { name: "map-light", caption: "Map", path: () => "/", theme: "light", fakeState: fakeUsage },
  {
    name: "map-dark",
    caption: "Map with the details of a workspace, dark theme",
    path: workspaceTab("researcher", "details"),
    theme: "dark",
    fakeState: fakeUsage,
  },
  { name: "map-phone", caption: "Map on a phone", path: () => "/", theme: "dark", ...PHONE },
  { name: "list-dark", caption: "List", path: () => "/?view=home", theme: "dark", fakeState: fakeUsage },
  { name: "saved-data-light", caption: "Saved data", path: () => "/?view=saved", theme: "light" },
  { name: "saved-data-phone", caption: "Saved data on a phone", path: () => "/?view=saved", theme: "dark", ...PHONE },
  { name: "settings-light", caption: "Settings", path: () => "/?view=settings", theme: "light" },
];

const panel = (page: Page) =>
  page
    .locator("aside, [data-panel]")
    .filter({ has: page.getByRole("tablist") })
    .first();

const TABS: readonly { id: string; of?: string; caption: string; more?: string; before?: Picture["before"] }[] = [
  {
    id: "activity",
    of: "builder",
    caption: "Activity: operations and their steps",
    before: (page) => page.locator("#panel-activity li").first().getByText("Restart").click(),
  },
  { id: "details", caption: "Details: actions, overview, usage and logs" },
  {
    id: "terminal",
    caption: "Terminal",
    before: async (page) => {
      const line = page.locator(".xterm-helper-textarea");
      await line.waitFor({ state: "attached" });
      await line.pressSequentially("ls -l\n", { delay: 20 });
    },
  },
  { id: "config", caption: "Config: name, role, team and runtime" },
  { id: "container-config", caption: "Container: machine and saved data" },
  { id: "files", caption: "Files", more: "&file=/notes.md" },
  { id: "events", of: "builder", caption: "Events" },
];

export const TAB_PICTURES: readonly Picture[] = [
  ...TABS.map(
    ({ id, of = "researcher", caption, more, before }): Picture => ({
      name: `tab-${id}`,
      caption,
      theme: "light",
      path: workspaceTab(of, id, more),
      fakeState: fakeUsage,
      width: 1440,
      height: 900,
      ...(before ? { before } : {}),
    }),
  ),
  {
    name: "files-preview",
    caption: "Files: Markdown preview",
    theme: "light",
    path: workspaceTab("researcher", "files", "&file=/notes.md"),
    before: (page) => page.getByRole("button", { name: "Preview" }).click(),
  },
  {
    name: "phone-dark",
    caption: "A workspace on a phone",
    theme: "dark",
    path: workspaceTab("researcher", "details"),
    ...PHONE,
  },
];

/** Every status on a card, and the panel for statuses that need an action. */
export const STATE_PICTURES: readonly Picture[] = [
  {
    name: "statuses-light",
    caption: "Every status with its next action",
    theme: "light",
    path: () => "/",
    fakeState: fakeEveryStatus,
    height: 760,
  },
  {
    name: "panel-failed",
    caption: "Failed start",
    theme: "light",
    path: workspaceTab("builder", "details"),
    fakeState: (page, ids) => fakeState(page, idIn(ids, "builder"), FAILED),
    part: panel,
  },
  {
    name: "panel-late",
    caption: "Slow start",
    theme: "light",
    path: workspaceTab("builder", "details"),
    fakeState: (page, ids) => fakeState(page, idIn(ids, "builder"), lateStart()),
    part: panel,
  },
  {
    name: "panel-hibernated",
    caption: "Hibernated workspace",
    theme: "dark",
    path: workspaceTab("nightly-etl", "details"),
    part: panel,
  },
  {
    name: "panel-deleted",
    caption: "Deleted workspace that can be restored",
    theme: "dark",
    path: workspaceTab("old-experiment", "details"),
    part: panel,
  },
];

const clickButton = (name: string | RegExp) => async (page: Page) => {
  await page.getByRole("button", { name }).first().click();
};
/** Repeats the key, because the page handles keys only shortly after it renders. */
async function pressUntilOpen(page: Page, key: string): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt++) {
    await page.keyboard.press(key);
    const isOpen = await dialog(page)
      .waitFor({ timeout: 1_000 })
      .then(() => true)
      .catch(() => false);
    if (isOpen) return;
  }
}

const dialog = (page: Page) => page.locator("[role=dialog], [role=alertdialog]").first();

export const DIALOG_PICTURES: readonly Picture[] = [
  {
    name: "delete-light",
    caption: "Delete a team",
    theme: "light",
    path: workspaceTab("lead", "details"),
    before: async (page) => {
      await page.locator("#panel-details").getByRole("button", { name: "Delete" }).click();
      await page.getByRole("checkbox", { name: "Also erase saved data" }).check();
    },
  },
  {
    name: "dialog-create",
    caption: "Create a workspace",
    theme: "light",
    path: () => "/",
    before: clickButton("New workspace"),
    part: dialog,
  },
  {
    name: "dialog-move",
    caption: "Move to another team",
    theme: "light",
    path: workspaceTab("nightly-etl", "details"),
    before: async (page) => {
      await page.getByRole("button", { name: "Actions for nightly-etl" }).click();
      await page.getByRole("menuitem", { name: "Move to…" }).click();
    },
    part: dialog,
  },
  {
    name: "dialog-erase",
    caption: "Erase now",
    theme: "light",
    path: () => "/?view=saved",
    before: clickButton(/^Erase now: old/),
    part: dialog,
  },
  {
    name: "dialog-adopt",
    caption: "Create a workspace from saved data",
    theme: "light",
    path: () => "/?view=saved",
    before: clickButton(/^Adopt the data of old/),
    part: dialog,
  },
  {
    name: "dialog-receipt",
    caption: "Erase receipt",
    theme: "light",
    path: () => "/?view=saved",
    before: clickButton(/^Receipt for/),
    part: dialog,
  },
  {
    name: "dialog-many",
    caption: "Delete several workspaces",
    theme: "light",
    path: () => "/?view=home",
    before: async (page) => {
      await page.getByRole("checkbox", { name: "Select lead", exact: true }).check();
      await page.getByRole("checkbox", { name: "Select builder", exact: true }).check();
      await page.getByRole("button", { name: "Delete…" }).click();
    },
  },
  {
    name: "palette-dark",
    caption: "Command palette",
    theme: "dark",
    path: workspaceTab("builder", "details"),
    before: async (page) => {
      await pressUntilOpen(page, "Control+k");
      await page.getByRole("combobox").fill("b");
    },
  },
  {
    name: "shortcuts",
    caption: "Keyboard shortcuts",
    theme: "light",
    path: () => "/",
    before: async (page) => {
      await pressUntilOpen(page, "?");
    },
    part: dialog,
  },
];

/** Empty views, captured before anything is created. */
export const EMPTY_PICTURES: readonly Picture[] = [
  { name: "empty-map", caption: "Empty map", theme: "light", path: () => "/" },
];

export const ERROR_PICTURES: readonly Picture[] = [
  {
    name: "error-start",
    caption: "API not reachable",
    theme: "light",
    path: () => "/",
    fakeState: (page) => failProcedure(page, "canvas.snapshot"),
    // The page retries several times before it shows the error.
    before: (page) => page.getByTestId("hydration-error").waitFor({ timeout: 30_000 }),
  },
  {
    name: "error-tab",
    caption: "Tab that failed to load",
    theme: "light",
    path: workspaceTab("lead", "files"),
    fakeState: (page) => failProcedure(page, "files.list"),
  },
];
