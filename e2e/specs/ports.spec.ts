import { collectConsoleErrors, expectAccessible } from "../fixtures/page-checks.ts";
import { expect, test } from "../fixtures/test.ts";

const PROGRAM = `
  const page = "<title>Mine</title><h1>My page</h1>";
  require("http")
    .createServer((request, response) => response.setHeader("content-type", "text/html").end(page))
    .listen(0, "127.0.0.1");
`;

test("a port opens on a separate origin without Berth's session, and is shared until that is stopped", async ({
  canvas,
  berth,
  browser,
  page,
}) => {
  const consoleErrors = collectConsoleErrors(page);
  const { workspace } = await berth.client.workspaces.create.mutate({ name: "ports", compute: { backend: "memory" } });
  const { id } = workspace;
  await expect.poll(async () => (await berth.client.workspaces.get.query({ id })).status).toBe("online");
  await page.goto(`${berth.api.url}/?w=${id}&tab=ports`);
  const panel = page.locator("#panel-ports");
  await expect(panel.getByRole("heading", { name: "No open ports" })).toBeVisible();

  await berth.client.commands.start.mutate({ workspaceId: id, command: [process.execPath, "-e", PROGRAM] });
  const item = panel.getByRole("listitem", { name: /^Port \d+$/ });
  await expect(item).toContainText("node on 127.0.0.1");
  await expectAccessible(page, "ports");

  const opening = page.waitForEvent("popup");
  await item.getByRole("link", { name: /^Open port \d+ in a new tab$/ }).press("Enter");
  const preview = await opening;
  await expect(preview.getByRole("heading", { name: "My page" })).toBeVisible();
  expect(new URL(preview.url()).host).toMatch(new RegExp(`^\\d+--${id}\\.localhost:`));
  const seen = await preview.evaluate(async (berthUrl) => {
    const asked = await fetch(`${berthUrl}/trpc/session.get`, { credentials: "include" }).then(
      ({ status }) => status,
      () => "blocked",
    );
    return { cookie: document.cookie, asked, opener: window.opener === null };
  }, berth.api.url);
  expect(seen).toEqual({ cookie: "", asked: "blocked", opener: true });
  await preview.close();

  await item.getByLabel("Link that expires after").selectOption("1 day");
  await item.getByRole("button", { name: "Share" }).press("Enter");
  await expect(item.getByText(/^Anyone with the link, until/)).toBeVisible();
  await expectAccessible(page, "a shared port");
  const { items } = await berth.client.ports.list.query({ workspaceId: id });
  const visitor = await browser.newContext();
  const visited = await visitor.newPage();
  await visited.goto(items[0]?.shares[0]?.url ?? "");
  await expect(visited.getByRole("heading", { name: "My page" })).toBeVisible();
  expect(visited.url()).not.toContain("berth_share");

  await item.getByRole("button", { name: "Stop sharing" }).press("Enter");
  await expect(item.getByText(/^Anyone with the link/)).toHaveCount(0);
  await expect.poll(async () => (await visited.reload())?.url()).toContain(berth.api.url);
  await visitor.close();
  await canvas.openTab("activity");
  expect(consoleErrors).toEqual([]);
});
