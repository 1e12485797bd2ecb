import { idOf, seed } from "../fixtures/seed.ts";
import { expect, test } from "../fixtures/test.ts";
import { Keyboard } from "../pages/keyboard.ts";

test("a failure that happened while the server was away is told once it is back, and leads to its workspace", async ({
  canvas,
  berth,
  page,
}) => {
  await berth.empty();
  const ids = await seed(berth.client, [{ name: "unlucky" }]);
  await expect(canvas.node(idOf(ids, "unlucky"))).toContainText("Online");
  const bell = page.getByRole("button", { name: /^Notices/ });
  await expect(bell).toHaveAccessibleName("Notices");

  // The memory backend forgets its machines and its data with the process: what was online cannot be repaired.
  await berth.api.kill();
  await berth.api.start();
  await expect(canvas.node(idOf(ids, "unlucky"))).toContainText("Failed");
  await expect(bell).toHaveAccessibleName(/new$/);

  await bell.click();
  const notices = page.getByRole("dialog", { name: "Notices" });
  await expect(notices.getByRole("listitem").first()).toContainText("unlucky");
  await expect(notices).toContainText("failed");
  await notices.getByRole("button", { name: "Show unlucky" }).first().click();
  await expect(page.locator("#tab-activity")).toHaveAttribute("aria-selected", "true");
  await expect(bell).toHaveAccessibleName("Notices");
});

test("Tab goes past a message, and a message that is taken away gives the focus back", async ({
  canvas,
  berth,
  page,
}) => {
  await berth.empty();
  const id = idOf(await seed(berth.client, [{ name: "short-lived" }]), "short-lived");
  await page.goto(`${berth.api.url}/?w=${id}`);
  const keys = new Keyboard(page);
  await canvas.deleteWorkspace("short-lived", { eraseData: false });
  await expect(page.getByRole("button", { name: "Undo" })).toBeVisible();

  await keys.tabTo("button", "Show in Saved data");
  // Past the browser's own bar.
  await keys.tabTo("link", "Skip to the content", { within: 2 });
  await keys.tabTo("button", "Close toast");
  await keys.press("Enter");
  await expect(page.getByRole("button", { name: "Undo" })).toBeHidden();
  await keys.expectFocus("button", "Agent log");
});
