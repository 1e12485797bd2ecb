import { collectConsoleErrors, expectAccessible, expectNoHorizontalScroll } from "../fixtures/page-checks.ts";
import { expect, test } from "../fixtures/test.ts";
import { Panel } from "../pages/panel.ts";

// Every screen, dialog and tab: no serious axe finding, no console output, and usable at 390 px. tabs.spec.ts covers the
// tabs' content.

const SIZES = [
  { name: "1280 px, dark", width: 1280, height: 800, colorScheme: "dark" },
  { name: "1280 px, light", width: 1280, height: 800, colorScheme: "light" },
  { name: "390 px, dark", width: 390, height: 844, colorScheme: "dark" },
] as const;

test.describe.configure({ mode: "serial" });

for (const { name, width, height, colorScheme } of SIZES) {
  test(`screens, tabs and dialogs are accessible at ${name}`, async ({ canvas, berth, page }) => {
    const consoleErrors = collectConsoleErrors(page);
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    const { workspace } = await berth.client.workspaces.create.mutate({
      name: `screens ${name}`,
      compute: { backend: "memory" },
    });
    await expect
      .poll(async () => (await berth.client.workspaces.get.query({ id: workspace.id })).status)
      .toBe("online");
    await berth.client.files.write.mutate({
      workspaceId: workspace.id,
      root: "/workspace",
      path: "a.md",
      content: "# A\n",
    });

    for (const view of ["map", "home", "saved", "settings"]) {
      await page.goto(`${berth.api.url}/?view=${view}`);
      await expect(page.getByRole("main").getByRole("heading").first()).toBeVisible();
      await expectAccessible(page, `view ${view}`);
      await expectNoHorizontalScroll(page);
    }
    await page.goto(`${berth.api.url}/?w=${workspace.id}`);
    const panel = new Panel(page);
    await expect(panel.tablist).toBeVisible();
    for (const tab of await panel.declaredTabIds()) {
      await panel.tab(tab).click();
      await panel.expectOpen(tab);
      await expectAccessible(page, `tab ${tab}`);
      await expectNoHorizontalScroll(page);
    }
    await (await canvas.openTab("details")).getByRole("button", { name: "Delete" }).click();
    await expect(page.getByRole("alertdialog").getByRole("button", { name: "Cancel" })).toBeFocused();
    await expectAccessible(page, "delete dialog");
    await page.keyboard.press("Escape");
    await page.goto(`${berth.api.url}/?view=home`);
    await page.getByRole("button", { name: "New workspace" }).first().click();
    await expect(page.getByRole("dialog", { name: "New workspace" })).toBeVisible();
    await expectAccessible(page, "create dialog");
    expect(consoleErrors).toEqual([]);
  });
}

test("can sign in with a token in a browser without a session", async ({ page, berth }) => {
  await page.goto(berth.api.url);
  await expect(page).toHaveTitle(/Berth/);
  await page.getByLabel(/token/i).fill(await berth.api.ownerToken());
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.locator('[aria-label="Berth workspace canvas"]')).toBeVisible();
});
