import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../fixtures/api-process.ts";
import { collectComplaints, expectAccessible, expectNoSideScroll } from "../fixtures/looks.ts";
import { OVERLAYS } from "../fixtures/overlays.ts";
import { expect, test } from "../fixtures/test.ts";
import { expectFocusSeen, expectFocusWithin, expectWhole } from "../fixtures/whole.ts";
import { seedWorld, type World } from "../fixtures/world.ts";

// What lies on top of the screens: opened by keys, accessible in both themes and on a phone, whole on the screen,
// closed by Escape, and the focus is back where it was.

const SIZES = [
  { name: "1280 px, dark", width: 1280, height: 800, colorScheme: "dark" },
  { name: "1280 px, light", width: 1280, height: 800, colorScheme: "light" },
  { name: "390 px, light", width: 390, height: 844, colorScheme: "light" },
] as const;

const FEATURES = join(ROOT, "apps/canvas/src/features");

let world: World;
// Signed in first: that may start the API anew, and the memory backend forgets with it.
test.beforeEach(async ({ canvas: _signedIn, berth }) => {
  await berth.empty();
  world = await seedWorld(berth.client);
});

test("no dialog or menu of the canvas is left out here", async () => {
  const drawing: string[] = [];
  for await (const path of glob("**/*.tsx", { cwd: FEATURES })) {
    if (/<((Form|Confirm|TypedConfirm)?Dialog|Menu|PointMenu)\b/.test(await readFile(join(FEATURES, path), "utf8")))
      drawing.push(path);
  }
  const covered = new Set(OVERLAYS.map(({ drawnBy }) => drawnBy));
  expect(drawing.length).toBeGreaterThan(15);
  expect(drawing.filter((path) => !covered.has(path))).toEqual([]);
});

for (const { name, width, height, colorScheme } of SIZES) {
  test.describe(`at ${name}`, () => {
    test.use({ viewport: { width, height }, colorScheme });

    test("every dialog and menu is accessible, whole, closed by Escape, and gives the focus back", async ({
      berth,
      page,
    }) => {
      test.setTimeout(240_000);
      const complaints = collectComplaints(page);
      page.setDefaultTimeout(20_000);
      const offenders: string[] = [];
      for (const overlay of OVERLAYS) {
        const check = async () => {
          await page.goto(berth.api.url + overlay.address(world));
          const opener = await overlay.open(page, world);
          const shown = overlay.shown(page, world);
          await expect(shown).toBeVisible();
          await expect(shown.getByText(/loading/i)).toHaveCount(0);
          await expectFocusWithin(shown, "the focus is inside");
          await expectFocusSeen(page, overlay.name);
          await expectWhole(shown, overlay.name);
          await expectAccessible(page, overlay.name);
          await expectNoSideScroll(page);
          await page.keyboard.press("Escape");
          await expect(shown).toBeHidden();
          await overlay.leave?.(page);
          await expect(opener, "the focus is back").toBeFocused();
        };
        await test.step(overlay.name, () =>
          check().catch((error: Error) => offenders.push(`${overlay.name}: ${error.message}`)),
        );
      }
      expect(offenders).toEqual([]);
      // The save that finds the file changed is refused: that is what its dialog is about.
      expect(complaints.filter((one) => !one.includes("409 (Conflict)"))).toEqual([]);
    });
  });
}

test("between two versions of a file, passages are taken over and folded lines shown by keys", async ({
  berth,
  page,
}) => {
  const conflict = OVERLAYS.find(({ drawnBy }) => drawnBy === "files/editor/conflict-dialog.tsx");
  if (!conflict) throw new Error("The conflict dialog is not among the overlays.");
  await page.goto(berth.api.url + conflict.address(world));
  await conflict.open(page, world);
  const shown = conflict.shown(page, world);
  const folded = shown.getByText(/unchanged lines/);
  await expect(folded.first()).toBeVisible();
  await shown.getByRole("button", { name: "All lines" }).press("Enter");
  await expect(folded).toHaveCount(0);
  const right = shown.getByRole("textbox", { name: "Yours" });
  await expect(right).not.toContainText("Theirs.");
  await shown.getByRole("button", { name: "Take this passage from the left" }).first().press("Space");
  await expect(right).toContainText("Theirs.");
  await expect(shown.getByRole("button", { name: "Save what is on the right" })).toBeVisible();
});
