import type { Page } from "@playwright/test";
import {
  FAILED,
  failProcedure,
  fakeEveryStatus,
  fakeReturnedData,
  fakeState,
  fakeUsage,
  lateStart,
} from "./fake-states.ts";
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
const THEMES = ["light", "dark"] as const;

const VIEWS = [
  { id: "map", path: () => "/", caption: "Map: teams in frames, and cards with status, task and next action" },
  { id: "list", path: () => "/?view=home", caption: "List: search, filters, sorting and bulk actions" },
  {
    id: "saved-data",
    path: () => "/?view=saved",
    caption: "Saved data: kept volumes with their expiry, and erase receipts",
  },
  { id: "settings", path: () => "/?view=settings", caption: "Settings" },
];

const workspaceTab =
  (name: string, tab: string, more = "") =>
  (ids: Ids) =>
    `/?w=${idIn(ids, name)}&tab=${tab}${more}`;

/** Each view in both themes, and on a phone. */
export const VIEW_PICTURES: readonly Picture[] = VIEWS.flatMap(({ id, path, caption }): Picture[] => [
  ...THEMES.map(
    (theme): Picture => ({
      name: `${id}-${theme}`,
      caption: `${caption} (${theme})`,
      // The README's picture also shows a workspace.
      path: id === "map" && theme === "dark" ? workspaceTab("researcher", "details") : path,
      theme,
      fakeState: fakeUsage,
    }),
  ),
  { name: `${id}-phone`, caption: `${caption}, on a phone`, path, theme: "dark", ...PHONE },
]);

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
  { id: "details", caption: "Details: actions, data persistence, properties, usage and logs" },
  {
    id: "terminal",
    caption: "Terminal: shells that survive a reload",
    before: async (page) => {
      const line = page.locator(".xterm-helper-textarea");
      await line.waitFor({ state: "attached" });
      await line.pressSequentially("ls -l\n", { delay: 20 });
    },
  },
  { id: "config", caption: "Config: name, role, team and agent" },
  { id: "container-config", caption: "Container: machine size and saved data" },
  { id: "files", caption: "Files: tree, editor and search", more: "&file=/notes.md" },
  { id: "events", of: "builder", caption: "Events: live" },
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
    name: "files-dark",
    caption: "Files (dark)",
    theme: "dark",
    path: workspaceTab("researcher", "files", "&file=/notes.md"),
  },
  {
    name: "container-light",
    caption: "Container (light)",
    theme: "light",
    path: workspaceTab("researcher", "container-config"),
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
  ...THEMES.map(
    (theme): Picture => ({
      name: `statuses-${theme}`,
      caption: `Every status with its next actions (${theme})`,
      theme,
      path: () => "/",
      fakeState: fakeEveryStatus,
      height: 760,
    }),
  ),
  {
    name: "data-came-back",
    caption: "Erased data that reappeared on its backend, as after a restored backup",
    theme: "light",
    path: () => "/?view=saved",
    fakeState: fakeReturnedData,
  },
  {
    name: "panel-failed",
    caption: "Failed: the reason and the possible actions",
    theme: "light",
    path: workspaceTab("builder", "details"),
    fakeState: (page, ids) => fakeState(page, idIn(ids, "builder"), FAILED),
    part: panel,
  },
  {
    name: "panel-late",
    caption: "Slow start: retry, cancel or open the log",
    theme: "light",
    path: workspaceTab("builder", "details"),
    fakeState: (page, ids) => fakeState(page, idIn(ids, "builder"), lateStart()),
    part: panel,
  },
  {
    name: "panel-hibernated",
    caption: "Hibernated: no machine, all data kept",
    theme: "dark",
    path: workspaceTab("nightly-etl", "details"),
    part: panel,
  },
  {
    name: "panel-deleted",
    caption: "Deleted: can still be restored",
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
    caption: "Delete: what is deleted, what is kept, and the confirmation",
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
    caption: "Bulk delete",
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
  { name: "empty-saved-data", caption: "Empty Saved data", theme: "light", path: () => "/?view=saved" },
];

export const ERROR_PICTURES: readonly Picture[] = [
  {
    name: "error-start",
    caption: "API unavailable",
    theme: "light",
    path: () => "/",
    fakeState: (page) => failProcedure(page, "canvas.snapshot"),
    // The page retries several times before it shows the error.
    before: (page) => page.getByTestId("hydration-error").waitFor({ timeout: 30_000 }),
  },
  {
    name: "error-tab",
    caption: "A tab that failed to load",
    theme: "light",
    path: workspaceTab("lead", "files"),
    fakeState: (page) => failProcedure(page, "files.list"),
  },
];
