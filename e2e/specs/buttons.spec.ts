import type { Page } from "@playwright/test";
import { KeyboardAudit } from "../fixtures/keyboard-audit.ts";
import { OVERLAYS } from "../fixtures/overlays.ts";
import { type Scenario, seedScenario } from "../fixtures/scenario.ts";
import { expect, test } from "../fixtures/test.ts";
import { CanvasPage } from "../pages/canvas-page.ts";

// Presses Enter and Space on every button. Buttons are found by role on every screen, tab and dialog, so new ones are
// covered automatically. Also checks accessible names and text sizes.

interface Place {
  name: string;
  address: (scenario: Scenario) => string;
  /** Opens content that is not visible at first. */
  until?: (page: Page, scenario: Scenario) => Promise<void>;
}

const seen = (page: Page, role: "button" | "heading" | "listitem" | "treeitem" | "img", name: string | RegExp) =>
  expect(page.getByRole(role, { name }).first()).toBeVisible();

const PLACES: readonly Place[] = [
  { name: "map", address: () => "/", until: (page) => seen(page, "button", "Fit View") },
  {
    name: "list",
    address: () => "/?view=home",
    until: async (page, { lead, scratch }) => {
      await new CanvasPage(page).list.select(lead.name, scratch.name);
      await seen(page, "button", "Delete…");
    },
  },
  {
    name: "list without matches",
    address: () => "/?view=home&q=nothing-of-this-name",
    until: (page) => seen(page, "button", "Clear filters"),
  },
  { name: "Saved data", address: () => "/?view=saved", until: (page) => seen(page, "button", /^Receipt/) },
  { name: "Settings", address: () => "/?view=settings", until: (page) => seen(page, "button", /^Revoke/) },
  {
    name: "Details",
    address: ({ member }) => `/?w=${member.id}`,
    until: async (page) => {
      await page.getByRole("button", { name: "Boot log" }).click();
      await page.getByRole("searchbox", { name: "Find in the boot log" }).fill("e");
    },
  },
  {
    name: "Details, restart required",
    address: ({ scratch }) => `/?w=${scratch.id}`,
    until: (page) => seen(page, "button", "Restart now"),
  },
  { name: "Activity", address: ({ lead }) => `/?w=${lead.id}&tab=activity`, until: summaryIsThere },
  { name: "Terminal", address: ({ lead }) => `/?w=${lead.id}&tab=terminal` },
  {
    name: "Config",
    address: ({ lead }) => `/?w=${lead.id}&tab=config`,
    until: async (page) => {
      await page.locator("#panel-config").getByLabel("Model").fill("another");
      await seen(page, "button", "Save and restart");
    },
  },
  {
    name: "Container",
    address: ({ lead }) => `/?w=${lead.id}&tab=container-config`,
    until: async (page) => {
      await page.locator("#panel-container-config").getByRole("radio", { name: "Always keep" }).check();
      await seen(page, "button", "Save");
    },
  },
  {
    name: "Files",
    address: ({ lead }) => `/?w=${lead.id}&tab=files`,
    until: (page) => seen(page, "treeitem", "notes.md"),
  },
  {
    name: "Files, search",
    address: ({ lead }) => `/?w=${lead.id}&tab=files`,
    until: async (page) => {
      await page.getByRole("searchbox", { name: "Search names and contents" }).fill("notes");
      await expect(page.getByText("1 file", { exact: true })).toBeVisible();
    },
  },
  {
    name: "Files, open file",
    address: ({ lead }) => `/?w=${lead.id}&tab=files&file=/notes.md`,
    until: async (page) => {
      await page.getByRole("textbox", { name: /, text$/ }).fill("Changed.");
      await seen(page, "button", "Review changes");
    },
  },
  {
    name: "Files, large file",
    address: ({ lead }) => `/?w=${lead.id}&tab=files&file=/large.log`,
    until: (page) => seen(page, "button", "To the end"),
  },
  {
    name: "Files, binary file",
    address: ({ lead }) => `/?w=${lead.id}&tab=files&file=/photo.bin`,
    until: (page) => expect(page.getByRole("link", { name: "Download" })).toBeVisible(),
  },
  {
    name: "Files, unavailable root",
    address: ({ lead }) => `/?w=${lead.id}&tab=files&root=/agent-home`,
    until: (page) => expect(page.getByRole("combobox", { name: "Root" })).toBeVisible(),
  },
  { name: "Events", address: ({ lead }) => `/?w=${lead.id}&tab=events`, until: (page) => seen(page, "listitem", "") },
  {
    name: "unknown workspace",
    address: () => "/?w=00000000-0000-4000-8000-000000000000",
    until: (page) => seen(page, "button", "Close"),
  },
];

let scenario: Scenario;

test.beforeEach(async ({ berth }) => {
  await berth.empty();
});

test("every button on every screen and tab responds to Enter and Space", async ({ canvas: _signedIn, berth, page }) => {
  test.setTimeout(240_000);
  page.setDefaultTimeout(20_000);
  const audit = await KeyboardAudit.on(page);
  for (const view of ["map", "home"]) {
    await page.goto(`${berth.api.url}/?view=${view}`);
    await seen(page, "button", "Create workspace");
    await audit.walk(`${view}, empty`);
  }
  scenario = await seedScenario(berth.client);
  await fillOut(scenario, berth.api.url, await berth.api.ownerToken());
  for (const { name, address, until } of PLACES) {
    await test.step(name, async () => {
      await page.goto(berth.api.url + address(scenario));
      await expect(page.getByRole("navigation", { name: "Views" })).toBeVisible();
      await until?.(page, scenario);
      await audit.walk(name);
    });
  }
  await test.step("inline error", async () => {
    await page.route("**/trpc/operations.list**", (route) => route.abort());
    await page.goto(`${berth.api.url}/?w=${scenario.lead.id}&tab=activity`);
    await seen(page, "button", "Try again");
    await audit.walk("inline error");
  });
  await test.step("toast with Undo", async () => {
    await page.goto(`${berth.api.url}/?w=${scenario.member.id}`);
    await canvas(page).deleteWorkspace(scenario.member.name, { eraseData: false });
    await seen(page, "button", "Show in Saved data");
    await audit.walk("toast with Undo");
  });
  await test.step("signed out", async () => {
    await page.context().clearCookies();
    await page.goto(berth.api.url);
    await seen(page, "button", "Sign in");
    await audit.walk("signed out");
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
      await page.goto(berth.api.url + overlay.address(scenario));
      await overlay.open(page, scenario);
      const shown = overlay.shown(page, scenario);
      await expect(shown).toBeVisible();
      await audit.walk(overlay.name, shown);
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

const canvas = (page: Page) => new CanvasPage(page);

async function summaryIsThere(page: Page): Promise<void> {
  await expect(page.locator("#panel-activity summary").first()).toBeVisible();
}

/** A file too large to edit, a binary file, and settings that need a restart. */
async function fillOut({ client, lead, scratch }: Scenario, url: string, token: string): Promise<void> {
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
