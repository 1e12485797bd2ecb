import { collectConsoleErrors, expectAccessible } from "../fixtures/page-checks.ts";
import { eraseEverything, expect, test } from "../fixtures/test.ts";

// Real commands on the local backend. Other specs count machines.
test.afterEach(({ berth }) => eraseEverything(berth.client));

test("running commands show their output live, and can be stopped by keyboard", async ({ canvas, berth, page }) => {
  const consoleErrors = collectConsoleErrors(page);
  const { client } = berth;
  const { workspace } = await client.workspaces.create.mutate({ name: "commands", compute: { backend: "local" } });
  const { id: workspaceId } = workspace;
  await expect.poll(async () => (await client.workspaces.get.query({ id: workspaceId })).status).toBe("online");
  await page.goto(`${berth.api.url}/?w=${workspaceId}`);
  await canvas.openTab("activity");
  const panel = page.locator("#panel-activity");
  await expect(panel.getByText("Create", { exact: true })).toBeVisible();
  await expect(panel.getByRole("heading", { name: "Commands" })).toHaveCount(0);

  // Started by another client while the tab is open.
  const started = await client.commands.start.mutate({
    workspaceId,
    command: "echo ready; echo oops >&2; while read line; do echo got $line; done",
  });
  const list = panel.getByRole("list", { name: "Commands, newest first" });
  const item = list.getByRole("listitem").filter({ hasText: "echo ready" });
  const summary = item.locator("summary");
  await expect(summary).toContainText("Running");
  // The newest running command is open at first.
  const output = item.getByRole("region", { name: "Output" });
  await expect(output).toContainText("ready");
  await expect(output).toContainText("oops");
  await client.commands.write.mutate({ workspaceId, id: started.id, data: "one\n" });
  await expect(output).toContainText("got one");
  await expectAccessible(page, "commands");

  await summary.focus();
  await page.keyboard.press("Tab");
  await expect(item.getByRole("button", { name: "Stop" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(summary).toContainText("Ended by SIGTERM");
  await expect(output).toContainText("got one");

  await client.commands.run.mutate({ workspaceId, command: ["sh", "-c", "exit 3"] });
  const failed = list.getByRole("listitem").first();
  await expect(failed).toContainText("sh -c 'exit 3'");
  await expect(failed).toContainText("Exit code 3");
  await failed.locator("summary").click();
  await expect(failed).toContainText("No output.");
  // One at a time.
  await expect(output).toHaveCount(0);
  expect(consoleErrors).toEqual([]);
});
