import type { Page } from "@playwright/test";
import { KeyboardAudit } from "../fixtures/keyboard-audit.ts";
import { OVERLAYS } from "../fixtures/overlays.ts";
import { type Scenario, seedScenario } from "../fixtures/scenario.ts";
import { expect, test } from "../fixtures/test.ts";
import { CanvasPage } from "../pages/canvas-page.ts";

// Presses Enter and Space on every button. Buttons are found by role on every screen, tab and dialog, so new ones are
// covered automatically. Also checks accessible names and text sizes.

interface Screen {
  name: string;
  path: (scenario: Scenario) => string;
  /** Waits until the screen has loaded, and opens content that is hidden at first. */
  prepare?: (page: Page, scenario: Scenario) => Promise<void>;
}

const expectVisible = (
  page: Page,
  role: "button" | "heading" | "listitem" | "treeitem" | "img",
  name: string | RegExp,
) => expect(page.getByRole(role, { name }).first()).toBeVisible();

const SCREENS: readonly Screen[] = [
  { name: "map", path: () => "/", prepare: (page) => expectVisible(page, "button", "Fit View") },
  {
    name: "list",
    path: () => "/?view=home",
    prepare: async (page, { lead, scratch }) => {
      await new CanvasPage(page).list.select(lead.name, scratch.name);
      await expectVisible(page, "button", "Delete…");
    },
  },
  {
    name: "list without matches",
    path: () => "/?view=home&q=nothing-of-this-name",
    prepare: (page) => expectVisible(page, "button", "Clear filters"),
  },
  { name: "Saved data", path: () => "/?view=saved", prepare: (page) => expectVisible(page, "button", /^Receipt/) },
  { name: "Settings", path: () => "/?view=settings", prepare: (page) => expectVisible(page, "button", /^Revoke/) },
  {
    name: "Details",
    path: ({ member }) => `/?w=${member.id}`,
    prepare: async (page) => {
      await page.getByRole("button", { name: "Boot log" }).click();
      await page.getByRole("searchbox", { name: "Find in boot log" }).fill("e");
    },
  },
  {
    name: "Details, restart required",
    path: ({ scratch }) => `/?w=${scratch.id}`,
    prepare: (page) => expectVisible(page, "button", "Restart now"),
  },
  { name: "Activity", path: ({ lead }) => `/?w=${lead.id}&tab=activity`, prepare: expectOperation },
  { name: "Terminal", path: ({ lead }) => `/?w=${lead.id}&tab=terminal` },
  {
    name: "Config",
    path: ({ lead }) => `/?w=${lead.id}&tab=config`,
    prepare: async (page) => {
      await page.locator("#panel-config").getByLabel("Model").fill("another");
      await expectVisible(page, "button", "Save and restart");
    },
  },
  {
    name: "Container",
    path: ({ lead }) => `/?w=${lead.id}&tab=container-config`,
    prepare: async (page) => {
      await page.locator("#panel-container-config").getByRole("radio", { name: "Always keep" }).check();
      await expectVisible(page, "button", "Save");
    },
  },
  {
    name: "Files",
    path: ({ lead }) => `/?w=${lead.id}&tab=files`,
    prepare: (page) => expectVisible(page, "treeitem", "notes.md"),
  },
  {
    name: "Files, search",
    path: ({ lead }) => `/?w=${lead.id}&tab=files`,
    prepare: async (page) => {
      await page.getByRole("searchbox", { name: "Search names and contents" }).fill("notes");
      await expect(page.getByText("1 file", { exact: true })).toBeVisible();
    },
  },
  {
    name: "Files, open file",
    path: ({ lead }) => `/?w=${lead.id}&tab=files&file=/notes.md`,
    prepare: async (page) => {
      await page.getByRole("textbox", { name: /, text$/ }).fill("Changed.");
      await expectVisible(page, "button", "Review changes");
    },
  },
  {
    name: "Files, large file",
    path: ({ lead }) => `/?w=${lead.id}&tab=files&file=/large.log`,
    prepare: (page) => expectVisible(page, "button", "Go to end"),
  },
  {
    name: "Files, binary file",
    path: ({ lead }) => `/?w=${lead.id}&tab=files&file=/photo.bin`,
    prepare: (page) => expect(page.getByRole("link", { name: "Download" })).toBeVisible(),
  },
  {
    name: "Files, unavailable root",
    path: ({ lead }) => `/?w=${lead.id}&tab=files&root=/agent-home`,
    prepare: (page) => expect(page.getByRole("combobox", { name: "Root" })).toBeVisible(),
  },
  {
    name: "Events",
    path: ({ lead }) => `/?w=${lead.id}&tab=events`,
    prepare: (page) => expectVisible(page, "listitem", ""),
  },
  {
    name: "unknown workspace",
    path: () => "/?w=00000000-0000-4000-8000-000000000000",
    prepare: (page) => expectVisible(page, "button", "Close"),
  },
];

let scenario: Scenario;

test("every button on every screen and tab responds to Enter and Space", async ({ canvas: _signedIn, berth, page }) => {
  test.setTimeout(240_000);
  page.setDefaultTimeout(20_000);
  const audit = await KeyboardAudit.on(page);
  for (const view of ["map", "home"]) {
    await page.goto(`${berth.api.url}/?view=${view}`);
    await expectVisible(page, "button", "Create workspace");
    await audit.check(`${view}, empty`);
  }
  scenario = await seedScenario(berth.client);
  await seedSpecialCases(scenario, berth.api.url, await berth.api.ownerToken());
  for (const { name, path, prepare } of SCREENS) {
    await test.step(name, async () => {
      await page.goto(berth.api.url + path(scenario));
      await expect(page.getByRole("navigation", { name: "Views" })).toBeVisible();
      await prepare?.(page, scenario);
      await audit.check(name);
    });
  }
  await test.step("inline error", async () => {
    await page.route("**/trpc/operations.list**", (route) => route.abort());
    await page.goto(`${berth.api.url}/?w=${scenario.lead.id}&tab=activity`);
    await expectVisible(page, "button", "Try again");
    await audit.check("inline error");
  });
  await test.step("toast with Undo", async () => {
    await page.goto(`${berth.api.url}/?w=${scenario.member.id}`);
    await canvasOf(page).deleteWorkspace(scenario.member.name, { eraseData: false });
    await expectVisible(page, "button", "Show in Saved data");
    await audit.check("toast with Undo");
  });
  await test.step("signed out", async () => {
    await page.context().clearCookies();
    await page.goto(berth.api.url);
    await expectVisible(page, "button", "Sign in");
    await audit.check("signed out");
  });
  expect(audit.violations).toEqual([]);
  // The audit must have found controls, or it would pass without testing anything.
  expect(audit.controlCount).toBeGreaterThan(100);
  expect(audit.handlerCount).toBeGreaterThan(200);
});

test("every button in every dialog and menu responds to Enter and Space", async ({
  canvas: _signedIn,
  berth,
  page,
}) => {
  test.setTimeout(240_000);
  scenario = await seedScenario(berth.client);
  page.setDefaultTimeout(20_000);
  const audit = await KeyboardAudit.on(page);
  for (const overlay of OVERLAYS) {
    await test.step(overlay.name, async () => {
      await page.goto(berth.api.url + overlay.path(scenario));
      await overlay.open(page, scenario);
      const content = overlay.locate(page, scenario);
      await expect(content).toBeVisible();
      await audit.check(overlay.name, content);
    });
  }
  expect(audit.violations).toEqual([]);
  expect(audit.controlCount).toBeGreaterThan(40);
});

test("Enter and Space open the focused map card or file tree row", async ({ canvas, berth, page }) => {
  scenario = await seedScenario(berth.client);
  const { lead } = scenario;
  for (const key of ["Enter", "Space"]) {
    await page.goto(berth.api.url);
    await canvas.map.card(lead.id).press(key);
    await expect(page).toHaveURL(new RegExp(`w=${lead.id}`));

    await page.goto(`${berth.api.url}/?w=${lead.id}&tab=files`);
    const folder = canvas.files.entry("src");
    await folder.press(key);
    await expect(folder).toHaveAttribute("aria-expanded", "true");
    await canvas.files.entry("main.ts").press(key);
    await expect(page).toHaveURL(/file=%2Fsrc%2Fmain\.ts/);
  }
});

const canvasOf = (page: Page) => new CanvasPage(page);

async function expectOperation(page: Page): Promise<void> {
  await expect(page.locator("#panel-activity summary").first()).toBeVisible();
}

/** Adds a file that is too large to edit, a binary file, and settings that require a restart. */
async function seedSpecialCases({ client, lead, scratch }: Scenario, url: string, token: string): Promise<void> {
  const put = (name: string, body: BodyInit) =>
    fetch(`${url}/files/${lead.id}/workspace/${name}`, {
      method: "PUT",
      headers: { authorization: `Bearer ${token}` },
      body,
    });
  await put("large.log", "one line of the large file\n".repeat(120_000));
  await put("photo.bin", new Uint8Array([0, 159, 146, 150, 255, 0]));
  await client.workspaces.configure.mutate({ id: scratch.id, model: "another" });
}
