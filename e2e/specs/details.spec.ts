import { collectConsoleErrors, expectAccessible } from "../fixtures/page-checks.ts";
import { eraseEverything, expect, test } from "../fixtures/test.ts";

// Other specs count machines.
test.afterEach(({ berth }) => eraseEverything(berth.client));

test("the boot log updates live and is searchable, and metrics charts have text alternatives", async ({
  canvas,
  berth,
  page,
}) => {
  const consoleErrors = collectConsoleErrors(page);
  const { workspace } = await berth.client.workspaces.create.mutate({
    name: "details",
    compute: { backend: "local" },
  });
  // The boot log has a line for each terminal.
  const openTerminal = () => berth.client.terminals.create.mutate({ workspaceId: workspace.id });
  await expect.poll(async () => (await berth.client.workspaces.get.query({ id: workspace.id })).status).toBe("online");
  await openTerminal();
  await expect(canvas.node(workspace.id)).toBeVisible();
  await page.goto(`${berth.api.url}/?w=${workspace.id}&tab=details`);
  const panel = page.locator("#panel-details");
  await panel.getByRole("button", { name: "Boot log" }).click();
  const log = panel.getByRole("region", { name: "Boot log" });
  await expect(log).toContainText("Terminal opened");
  const length = async () => (await log.locator("pre").textContent())?.length ?? 0;
  const before = await length();
  await openTerminal();
  await expect.poll(length).toBeGreaterThan(before);

  await log.getByRole("searchbox", { name: "Find in boot log" }).fill("terminal opened");
  await expect(log.getByText(/^1 of \d+$/)).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(log.getByText(/^2 of \d+$/)).toBeVisible();

  await expect(panel.getByRole("img", { name: /^Memory: now [\d.]+ .B, at most/ })).toBeVisible();
  await expect(panel.getByRole("img", { name: /^CPU/ })).toBeVisible();
  await expectAccessible(page, "details with a log");
  expect(consoleErrors).toEqual([]);

  await berth.client.workspaces.restart.mutate({ id: workspace.id });
  await panel.getByRole("button", { name: "Last day" }).click();
  await expect(panel.getByRole("img", { name: /Restarted once\.$|^CPU: unknown\.$/ }).first()).toBeVisible();
});
