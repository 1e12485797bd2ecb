import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../fixtures/api-process.ts";
import { OVERLAYS } from "../fixtures/overlays.ts";
import { collectConsoleErrors, expectAccessible, expectNoHorizontalScroll } from "../fixtures/page-checks.ts";
import { type Scenario, seedScenario } from "../fixtures/scenario.ts";
import { expect, test } from "../fixtures/test.ts";
import { expectFocusWithin, expectFullyVisible, expectVisibleFocus } from "../fixtures/visibility.ts";

// Overlays open by keyboard, are accessible in both themes and on a phone, fit the screen, close on Escape, and restore
// focus.

const SIZES = [
  { name: "1280 px, dark", width: 1280, height: 800, colorScheme: "dark" },
  { name: "1280 px, light", width: 1280, height: 800, colorScheme: "light" },
  { name: "390 px, light", width: 390, height: 844, colorScheme: "light" },
] as const;

/** A deadline for busy hosts: each takes about one second. */
const OVERLAY_MS_MAX = 12_000;

const FEATURES = join(ROOT, "apps/canvas/src/features");

let scenario: Scenario;
test.beforeEach(async ({ canvas: _signedIn, berth }) => {
  scenario = await seedScenario(berth.client);
});

test("the list of overlays includes every dialog and menu of the canvas", async () => {
  const rendering: string[] = [];
  for await (const path of glob("**/*.tsx", { cwd: FEATURES })) {
    if (/<((Form|Confirm|TypedConfirm)?Dialog|Menu|PointMenu)\b/.test(await readFile(join(FEATURES, path), "utf8")))
      rendering.push(path);
  }
  const covered = new Set(OVERLAYS.map(({ renderedBy }) => renderedBy));
  expect(rendering.length).toBeGreaterThan(15);
  expect(rendering.filter((path) => !covered.has(path))).toEqual([]);
});

for (const { name, width, height, colorScheme } of SIZES) {
  test.describe(`at ${name}`, () => {
    test.use({ viewport: { width, height }, colorScheme });

    test("every dialog and menu is accessible, fits the screen, closes on Escape and restores focus", async ({
      berth,
      page,
    }) => {
      test.setTimeout(OVERLAYS.length * OVERLAY_MS_MAX);
      const consoleErrors = collectConsoleErrors(page);
      page.setDefaultTimeout(20_000);
      const failures: string[] = [];
      for (const overlay of OVERLAYS) {
        const check = async () => {
          await page.goto(berth.api.url + overlay.path(scenario));
          const opener = await overlay.open(page, scenario);
          const content = overlay.locate(page, scenario);
          await expect(content).toBeVisible();
          await expect(content.getByText(/loading/i)).toHaveCount(0);
          await expectFocusWithin(content, "focus is inside the overlay");
          await expectVisibleFocus(page, overlay.name);
          await expectFullyVisible(content, overlay.name);
          await expectAccessible(page, overlay.name);
          await expectNoHorizontalScroll(page);
          await page.keyboard.press("Escape");
          await expect(content).toBeHidden();
          await overlay.cleanUp?.(page);
          await expect(opener, "focus is back on the opener").toBeFocused();
        };
        await test.step(overlay.name, () =>
          check().catch((error: Error) => failures.push(`${overlay.name}: ${error.message}`)),
        );
      }
      expect(failures).toEqual([]);
      // The conflict dialog opens because the save is rejected with 409.
      expect(consoleErrors.filter((error) => !error.includes("409 (Conflict)"))).toEqual([]);
    });
  });
}

test("conflict dialog expands folded lines and applies single changes by keyboard", async ({ berth, page }) => {
  const conflict = OVERLAYS.find(({ renderedBy }) => renderedBy === "files/editor/conflict-dialog.tsx");
  if (!conflict) throw new Error("The conflict dialog is not among the overlays.");
  await page.goto(berth.api.url + conflict.path(scenario));
  await conflict.open(page, scenario);
  const dialog = conflict.locate(page, scenario);
  const folded = dialog.getByText(/unchanged lines/);
  await expect(folded.first()).toBeVisible();
  await dialog.getByRole("button", { name: "All lines" }).press("Enter");
  await expect(folded).toHaveCount(0);
  const right = dialog.getByRole("textbox", { name: "Yours" });
  await expect(right).not.toContainText("Theirs.");
  await dialog.getByRole("button", { name: "Use this change from the left" }).first().press("Space");
  await expect(right).toContainText("Theirs.");
  await expect(dialog.getByRole("button", { name: "Save right side" })).toBeVisible();
});
