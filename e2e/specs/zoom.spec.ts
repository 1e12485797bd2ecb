import type { Locator, Page } from "@playwright/test";
import { OVERLAYS } from "../fixtures/overlays.ts";
import { expectNoHorizontalScroll } from "../fixtures/page-checks.ts";
import { type Scenario, seedScenario } from "../fixtures/scenario.ts";
import { expect, test } from "../fixtures/test.ts";
import { expectFullyVisible } from "../fixtures/visibility.ts";

// The viewport of a 1280 by 800 window at 200 %.
test.use({ viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 });

let scenario: Scenario;
test.beforeEach(async ({ canvas: _signedIn, berth }) => {
  scenario = await seedScenario(berth.client);
});

test("every control of every screen and tab can be scrolled into view at 200% zoom", async ({ berth, page }) => {
  test.setTimeout(180_000);
  page.setDefaultTimeout(20_000);
  for (const view of ["map", "home", "saved", "settings"]) {
    await page.goto(`${berth.api.url}/?view=${view}`);
    await expect(page.getByRole("main").getByRole("heading").first()).toBeVisible();
    await expectNoHorizontalScroll(page);
    await expectFullyVisible(page.locator("body"), view);
  }
  const tabs = ["activity", "details", "terminal", "config", "container-config", "files", "events", "ports"];
  for (const tab of [...tabs, "files&file=/notes.md"]) {
    await page.goto(`${berth.api.url}/?w=${scenario.lead.id}&tab=${tab}`);
    const panel = page.getByRole("complementary", { name: "Workspace" });
    await expect(panel.getByRole("tabpanel")).toHaveText(/\S/);
    await expect(panel.getByRole("status", { name: /^Loading/ })).toHaveCount(0);
    await expectNoHorizontalScroll(page);
    await expectFullyVisible(panel, tab);
  }
});

test("every control of every dialog and menu can be scrolled into view at 200% zoom", async ({ berth, page }) => {
  test.setTimeout(180_000);
  page.setDefaultTimeout(20_000);
  for (const overlay of OVERLAYS) {
    await test.step(overlay.name, async () => {
      await page.goto(berth.api.url + overlay.path(scenario));
      await overlay.open(page, scenario);
      const content = overlay.locate(page, scenario);
      await expect(content).toBeVisible();
      await expectFullyVisible(content, overlay.name);
    });
  }
});

test("the panel traps focus while it covers the window", async ({ canvas, page }) => {
  const panel = page.getByRole("complementary", { name: "Workspace" });
  const card = canvas.map.card(scenario.lead.id);
  await page.getByRole("button", { name: "Fit View" }).press("Enter");
  // Space keeps focus on the card when the panel is next to the map.
  await card.press("Space");
  await expect(panel.getByRole("heading", { name: scenario.lead.name })).toBeFocused();

  // Cycles through all Tab stops: nothing behind the panel receives focus.
  for (let step = 0; step < 40; step++) {
    await page.keyboard.press("Tab");
    expect(
      await page.evaluate(() => document.activeElement?.closest("nav,main,[href='#view']")?.tagName),
    ).toBeUndefined();
  }

  await test.step("Escape closes an overlay or a field before the panel", async () => {
    await canvas.palette.open();
    await page.keyboard.press("Escape");
    await expect(canvas.palette.dialog).toBeHidden();
    const actions = panel.getByRole("button", { name: /^Actions for/ });
    await actions.press("Enter");
    await expect(page.getByRole("menuitem").first()).toBeFocused();
    await page.keyboard.press("Escape");
    await expect(page.getByRole("menu")).toBeHidden();
    // Wait for the focus: the panel would otherwise take it from the rename field, and close the field.
    await expect(actions).toBeFocused();
    await panel.getByRole("button", { name: /^Rename/ }).press("Enter");
    await expect(panel.getByRole("textbox")).toBeFocused();
    await page.keyboard.press("Escape");
    await expect(panel.getByRole("textbox")).toBeHidden();
    await expect(panel).toBeVisible();
  });

  await panel.getByRole("heading", { name: scenario.lead.name }).focus();
  await page.keyboard.press("Escape");
  await expect(panel).toBeHidden();
  await expect(card).toBeFocused();

  await test.step("the back button closes the panel and restores focus", async () => {
    await card.press("Enter");
    await expect(panel.getByRole("heading", { name: scenario.lead.name })).toBeFocused();
    await page.goBack();
    await expect(panel).toBeHidden();
    await expect(card).toBeFocused();
  });
});

test("the panel does not take focus or close on Escape while it is next to the map", async ({ canvas, page }) => {
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.getByRole("button", { name: "Fit View" }).press("Enter");
  const card = canvas.map.card(scenario.lead.id);
  await card.press("Space");
  const panel = page.getByRole("complementary", { name: "Workspace" });
  await expect(panel.getByRole("tabpanel")).toHaveText(/\S/);
  await expect(card).toBeFocused();
  await panel.getByRole("tab", { selected: true }).press("Escape");
  await expect(panel).toBeVisible();
});

test.describe("with reduced motion", () => {
  test("nothing animates, and the map jumps to its target", async ({ canvas, berth, page }) => {
    page.setDefaultTimeout(20_000);
    // An unanswered request would keep its spinner turning.
    await page.route("**/trpc/workspaces.create**", () => new Promise<void>(() => undefined));
    const measureMotion = async (reducedMotion: "reduce" | "no-preference") => {
      await page.emulateMedia({ reducedMotion });
      await page.goto(berth.api.url);
      const positions = await countMapPositions(page, canvas.map.card(scenario.lead.id));
      await canvas.createWorkspace({ name: "never made", backend: "memory" });
      await expect(page.getByRole("button", { name: "Create", exact: true })).toHaveAttribute("aria-busy", "true");
      return { positions, animations: await runningAnimations(page) };
    };
    // Without reduced motion, the check must detect animations.
    const normal = await measureMotion("no-preference");
    expect(normal.animations).not.toEqual([]);
    expect(normal.positions).toBeGreaterThan(3);
    const reduced = await measureMotion("reduce");
    expect(reduced.animations).toEqual([]);
    expect(reduced.positions).toBeLessThanOrEqual(2);
  });
});

/** The names of running animations. Reduced motion may leave a duration of up to 1 ms. */
const runningAnimations = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    document
      .getAnimations()
      .filter(
        (animation) => animation.playState === "running" && Number(animation.effect?.getComputedTiming().duration) > 1,
      )
      .map((animation) =>
        animation instanceof CSSTransition ? animation.transitionProperty : (animation as CSSAnimation).animationName,
      ),
  );

/** The number of distinct map positions over the frames after zooming to a team. */
async function countMapPositions(page: Page, card: Locator): Promise<number> {
  await page.getByRole("button", { name: "Fit View" }).press("Enter");
  await card.focus();
  const positionCount = page.evaluate(async () => {
    const positions = new Set<string | null | undefined>();
    for (let frame = 0; frame < 90; frame++) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      positions.add(document.querySelector(".react-flow__viewport")?.getAttribute("style"));
    }
    return positions.size;
  });
  await page.keyboard.press("z");
  return positionCount;
}
