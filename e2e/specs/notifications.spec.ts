import type { Locator } from "@playwright/test";
import { idOf, seed } from "../fixtures/seed.ts";
import { expect, test } from "../fixtures/test.ts";
import { Keyboard } from "../pages/keyboard.ts";

test("a workspace that failed in a server outage appears in Notifications with a link", async ({
  canvas,
  berth,
  page,
}) => {
  const ids = await seed(berth.client, [{ name: "unlucky" }]);
  await expect(canvas.node(idOf(ids, "unlucky"))).toContainText("Online");
  const bell = page.getByRole("button", { name: /^Notifications/ });
  await expect(bell).toHaveAccessibleName("Notifications");

  // The memory backend loses machines and data with the process, so a repair is impossible.
  await berth.api.kill();
  await berth.api.start();
  await expect(canvas.node(idOf(ids, "unlucky"))).toContainText("Failed");
  await expect(bell).toHaveAccessibleName(/new$/);

  await bell.click();
  const notifications = page.getByRole("dialog", { name: "Notifications" });
  await expect(notifications.getByRole("listitem").first()).toContainText("unlucky");
  await expect(notifications).toContainText("failed");
  await notifications.getByRole("button", { name: "Show unlucky" }).first().click();
  await expect(page.locator("#tab-activity")).toHaveAttribute("aria-selected", "true");
  await expect(bell).toHaveAccessibleName("Notifications");
});

test("Tab moves past a toast, and dismissing the toast restores focus", async ({ canvas, berth, page }) => {
  const id = idOf(await seed(berth.client, [{ name: "short-lived" }]), "short-lived");
  await page.goto(`${berth.api.url}/?w=${id}`);
  const keys = new Keyboard(page);
  await canvas.deleteWorkspace("short-lived", { eraseData: false });
  await expect(page.getByRole("button", { name: "Undo" })).toBeVisible();

  await keys.tabTo("button", "Show in Saved data");
  // Past the browser's own controls.
  await keys.tabTo("link", "Skip to content", { within: 2 });
  await keys.tabTo("button", "Close toast");
  await keys.press("Enter");
  await expect(page.getByRole("button", { name: "Undo" })).toBeHidden();
  await keys.expectFocus("button", "Agent log");
});

test("toasts do not cover the selection bar or the map controls", async ({ canvas, berth, page }) => {
  const ids = await seed(berth.client, [{ name: "a" }, { name: "b", x: 320 }, { name: "c", x: 640 }]);
  const toast = page.locator("[data-sonner-toast]");
  const arrange = page.getByRole("button", { name: "Arrange the map" });
  await expect(canvas.node(idOf(ids, "c"))).toBeVisible();
  await arrange.click();
  await expect(toast).toBeVisible();
  await canvas.map.card(idOf(ids, "a")).press("x");
  await canvas.map.card(idOf(ids, "b")).press("x");
  await expect(canvas.list.selectionBar).toContainText("2 workspaces selected");
  await expectApart(toast.first(), canvas.list.selectionBar);

  await page.setViewportSize({ width: 390, height: 844 });
  await expectApart(toast.first(), canvas.list.selectionBar);
  await expectApart(toast.first(), page.getByRole("button", { name: "Fit View" }));
  await expectApart(toast.first(), page.getByRole("button", { name: "Zoom In" }));
  // The width of a phone in landscape: the rail is still at the bottom.
  await page.setViewportSize({ width: 700, height: 600 });
  await expectApart(toast.first(), page.getByRole("navigation", { name: "Views" }));
  await expectApart(toast.first(), page.getByRole("button", { name: "Zoom In" }));
});

/** Waits until the two elements do not overlap. */
async function expectApart(one: Locator, other: Locator): Promise<void> {
  await expect
    .poll(async () => {
      const [a, b] = [await one.boundingBox(), await other.boundingBox()];
      if (!a || !b) return "missing";
      const isApart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
      return isApart ? "apart" : "overlapping";
    })
    .toBe("apart");
}
