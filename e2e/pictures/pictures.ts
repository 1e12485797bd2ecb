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
  { id: "map", path: () => "/", caption: "The map: teams in frames, and on each card what it does and needs" },
  { id: "list", path: () => "/?view=home", caption: "The list, for hundreds" },
  {
    id: "saved-data",
    path: () => "/?view=saved",
    caption: "Saved data: what is kept, until when, and the proof of what is gone",
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
    caption: "Activity: the operations, with their steps",
    before: (page) => page.locator("#panel-activity li").first().getByText("Restart").click(),
  },
  { id: "details", caption: "Details: what can be done now and what survives it, facts, use, logs" },
  {
    id: "terminal",
    caption: "Terminal: shells that outlive the page",
    before: async (page) => {
      const line = page.locator(".xterm-helper-textarea");
      await line.waitFor({ state: "attached" });
      await line.pressSequentially("ls -l\n", { delay: 20 });
    },
  },
  { id: "config", caption: "Config: name, role, team, what runs in it" },
  { id: "container-config", caption: "Container: machine and saved data, with what each choice means" },
  { id: "files", caption: "Files: a tree, open files, search", more: "&file=/notes.md" },
  { id: "events", of: "builder", caption: "Events, as they happen" },
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
    caption: "Files: Markdown as it is meant to be read",
    theme: "light",
    path: workspaceTab("researcher", "files", "&file=/notes.md"),
    before: (page) => page.getByRole("button", { name: "Preview" }).click(),
  },
  {
    name: "files-dark",
    caption: "Files, dark",
    theme: "dark",
    path: workspaceTab("researcher", "files", "&file=/notes.md"),
  },
  {
    name: "container-light",
    caption: "Container",
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
      caption: `Every status, with what it offers next (${theme})`,
      theme,
      path: () => "/",
      fakeState: fakeEveryStatus,
      height: 760,
    }),
  ),
  {
    name: "data-came-back",
    caption: "Erased data that its backend has again, as after a restored backup",
    theme: "light",
    path: () => "/?view=saved",
    fakeState: fakeReturnedData,
  },
  {
    name: "panel-failed",
    caption: "Failed: why, and what to do",
    theme: "light",
    path: workspaceTab("builder", "details"),
    fakeState: (page, ids) => fakeState(page, idIn(ids, "builder"), FAILED),
    part: panel,
  },
  {
    name: "panel-late",
    caption: "A start that takes too long: try again, call it off, or look at its log",
    theme: "light",
    path: workspaceTab("builder", "details"),
    fakeState: (page, ids) => fakeState(page, idIn(ids, "builder"), lateStart()),
    part: panel,
  },
  {
    name: "panel-hibernated",
    caption: "Hibernated: no machine, all data",
    theme: "dark",
    path: workspaceTab("nightly-etl", "details"),
    part: panel,
  },
  {
    name: "panel-deleted",
    caption: "Deleted, and still restorable",
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
    caption: "Delete: what goes, what stays, and the name to type",
    theme: "light",
    path: workspaceTab("lead", "details"),
    before: async (page) => {
      await page.locator("#panel-details").getByRole("button", { name: "Delete" }).click();
      await page.getByRole("checkbox", { name: "Also erase saved data" }).check();
    },
  },
  {
    name: "dialog-create",
    caption: "A new workspace",
    theme: "light",
    path: () => "/",
    before: clickButton("New workspace"),
    part: dialog,
  },
  {
    name: "dialog-move",
    caption: "Into another team, without a drag",
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
    caption: "A new workspace on kept data",
    theme: "light",
    path: () => "/?view=saved",
    before: clickButton(/^Adopt the data of old/),
    part: dialog,
  },
  {
    name: "dialog-receipt",
    caption: "The receipt of an erase",
    theme: "light",
    path: () => "/?view=saved",
    before: clickButton(/^Receipt for/),
    part: dialog,
  },
  {
    name: "dialog-many",
    caption: "One verb for many",
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
    caption: "The palette",
    theme: "dark",
    path: workspaceTab("builder", "details"),
    before: async (page) => {
      await pressUntilOpen(page, "Control+k");
      await page.getByRole("combobox").fill("b");
    },
  },
  {
    name: "shortcuts",
    caption: "Every key",
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
  { name: "empty-map", caption: "Nothing yet: what it is, and the first step", theme: "light", path: () => "/" },
  { name: "empty-saved-data", caption: "Nothing saved yet", theme: "light", path: () => "/?view=saved" },
];

export const ERROR_PICTURES: readonly Picture[] = [
  {
    name: "error-start",
    caption: "The API does not answer",
    theme: "light",
    path: () => "/",
    fakeState: (page) => failProcedure(page, "canvas.snapshot"),
    // The page retries several times before it shows the error.
    before: (page) => page.getByTestId("hydration-error").waitFor({ timeout: 30_000 }),
  },
  {
    name: "error-tab",
    caption: "One tab cannot be loaded; the rest works",
    theme: "light",
    path: workspaceTab("lead", "files"),
    fakeState: (page) => failProcedure(page, "files.list"),
  },
];
