import { collectConsoleErrors, expectAccessible } from "../fixtures/page-checks.ts";
import { expect, test } from "../fixtures/test.ts";

test("events appear live, older ones load on scroll, and the list can be filtered", async ({ canvas, berth, page }) => {
  const consoleErrors = collectConsoleErrors(page);
  const { workspace } = await berth.client.workspaces.create.mutate({ name: "events", compute: { backend: "memory" } });
  const { id } = workspace;
  await expect.poll(async () => (await berth.client.workspaces.get.query({ id })).status).toBe("online");
  for (let round = 1; round <= 120; round++) {
    await berth.client.workspaces.update.mutate({ id, role: `round ${round}` });
  }
  await page.goto(`${berth.api.url}/?w=${id}&tab=events`);
  const panel = page.locator("#panel-events");
  const list = panel.getByRole("list", { name: "Events, newest first" });
  await expect(list.getByRole("listitem").first()).toContainText("Name, role, team or settings changed.");
  await expectAccessible(page, "events");

  // Caused by another client while the tab is open.
  await berth.client.workspaces.pause.mutate({ id });
  await expect(list.getByText(/^Status: paused, generation/)).toBeVisible();
  await expect(list.getByText("Pause finished.")).toBeVisible();

  // Scrolls past a page boundary to the first event; new events wait at the top.
  await list.hover();
  await expect(async () => {
    await page.mouse.wheel(0, 4_000);
    await expect(list.getByText("Workspace created.")).toBeVisible({ timeout: 300 });
  }).toPass();
  await berth.client.workspaces.resume.mutate({ id });
  await panel.getByRole("button", { name: /^Show \d+ new events?$/ }).click();
  await expect(list.getByText(/^Status: online/).first()).toBeVisible();

  await panel.getByLabel("Show").selectOption("Operations");
  await expect(list.getByText("Resume finished.")).toBeVisible();
  await expect(list.getByText("Name, role, team or settings changed.")).toHaveCount(0);
  await canvas.openTab("activity");
  expect(consoleErrors).toEqual([]);
});
