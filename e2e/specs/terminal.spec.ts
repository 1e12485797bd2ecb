import type { BerthClient } from "@berth/client";
import type { BackendKind, Workspace } from "@berth/domain";
import { collectConsoleErrors, expectAccessible } from "../fixtures/page-checks.ts";
import { eraseEverything, expect, test } from "../fixtures/test.ts";
import type { CanvasPage } from "../pages/canvas-page.ts";
import { BACKENDS_UNDER_TEST } from "../persistence/backends-under-test.ts";

// Real shells in a browser, on the local backend unless a test names another.

test.describe.configure({ mode: "serial" });

// Other specs count machines.
test.afterEach(({ berth }) => eraseEverything(berth.client));

test("a shell runs commands, resizes with the panel and survives a reload", async ({ canvas, berth, page }) => {
  const consoleErrors = collectConsoleErrors(page);
  const workspace = await createOnline(berth.client, "terminal");
  await openTerminalTab(canvas, berth.api.url, workspace.id);
  const { terminal } = canvas;
  await terminal.run(1, "echo $((6 * 7)) is $$");
  await expect(terminal.screen(1)).toContainText(/42 is \d+/);
  const shell = /42 is (\d+)/.exec((await terminal.screen(1).textContent()) ?? "")?.[1] ?? "";

  await terminal.run(1, "clear; stty size");
  await expect(terminal.screen(1)).toContainText(/\d+ \d+/);
  const columns = async () => Number(/(\d+) (\d+)/.exec((await terminal.screen(1).textContent()) ?? "")?.[2]);
  const narrow = await columns();
  const separator = page.getByRole("separator");
  await separator.focus();
  await page.keyboard.press("Home");
  await terminal.run(1, "clear; stty size");
  await expect.poll(columns).not.toBe(narrow);

  await expectAccessible(page, "terminal");
  await terminal.panel.getByRole("button", { name: "Screen reader mode" }).click();
  await expectAccessible(page, "terminal for screen readers");
  expect(consoleErrors).toEqual([]);

  // A program queries the terminal and reads the response. Replayed output must not trigger a second response.
  await terminal.run(1, "printf '\\033[c'; read -rs -d c; echo answ''ered");
  await expect(terminal.screen(1)).toContainText("answered");
  await page.reload();
  await expect(terminal.screen(1)).toContainText(/\d+ \d+/);
  await terminal.run(1, "echo still $$");
  await expect(terminal.screen(1)).toContainText(`still ${shell}`);
  await expect(terminal.screen(1)).not.toContainText("1;2c");
});

for (const { backend, skipped } of BACKENDS_UNDER_TEST) {
  test(`a shell on ${backend} has a size, and a new one opens after a restart`, async ({ canvas, berth }) => {
    test.skip(skipped !== null, skipped ?? "");
    const { client, api } = berth;
    const workspace = await createOnline(client, `terminal on ${backend}`, backend);
    await openTerminalTab(canvas, api.url, workspace.id);
    const { terminal } = canvas;
    await terminal.run(1, "stty size; echo sa''ved > note.txt; echo wri''tten");
    await expect(terminal.screen(1)).toContainText(/\d+ \d+/);
    await expect(terminal.screen(1)).toContainText("written");
    expect(await berth.read(workspace.id, "/note.txt")).toBe("saved\n");

    await client.workspaces.restart.mutate({ id: workspace.id });
    await expect.poll(async () => (await client.workspaces.get.query({ id: workspace.id })).generation).toBe(2);
    await expect.poll(async () => (await client.workspaces.get.query({ id: workspace.id })).status).toBe("online");
    await openTerminalTab(canvas, api.url, workspace.id);
    await terminal.run(1, "cat note.txt; echo ne''xt");
    await expect(terminal.screen(1)).toContainText("saved");
    await expect(terminal.screen(1)).toContainText("next");
  });
}

test("character widths match the C library", async ({ canvas, berth }) => {
  const workspace = await createOnline(berth.client, "widths");
  const root = { workspaceId: workspace.id, root: "/workspace" } as const;
  const texts = ["\u{1F600}\u{1F600}", "\u2705", "\u65e5\u672c", "e\u0301", "plain"];
  // Records the cursor position after each text, and the width that the C library reports.
  const script = `for text in ${texts.map((text) => `'${text}'`).join(" ")}; do
printf '\\r\\033[K%s' "$text"
IFS='[;' read -sdR -p $'\\033[6n' _ row column
echo "$((column - 1)) $(printf %s "$text" | LC_ALL=C.UTF-8 wc -L)" >> widths
done
touch measured`;
  await berth.client.files.write.mutate({ ...root, path: "measure.sh", content: script });
  await openTerminalTab(canvas, berth.api.url, workspace.id);
  await canvas.terminal.run(1, "bash measure.sh");
  const names = async () => (await berth.client.files.list.query(root)).entries.map(({ name }) => name);
  await expect.poll(names).toContain("measured");
  const { content } = await berth.client.files.read.query({ ...root, path: "widths" });
  const widths = content.trim().split("\n");
  expect(widths).toHaveLength(texts.length);
  for (const width of widths) expect(width.split(" ")[0]).toBe(width.split(" ")[1]);
});

test("terminals keep running while another tab is open, and closing one ends its shell", async ({ canvas, berth }) => {
  const workspace = await createOnline(berth.client, "terminals");
  await openTerminalTab(canvas, berth.api.url, workspace.id);
  const { terminal } = canvas;
  await terminal.run(1, "cd /; echo fi''rst");
  await expect(terminal.screen(1)).toContainText("first");
  await terminal.start();
  await expect(terminal.tab(2)).toHaveAttribute("aria-current", "true");
  await terminal.run(2, "echo sec''ond");
  await expect(terminal.screen(2)).toContainText("second");
  await canvas.openTab("details");
  await canvas.openTab("terminal");
  await terminal.tab(1).click();
  await expect(terminal.screen(1)).toContainText("first");
  await expect(terminal.input(1)).toBeFocused();
  await terminal.close(2);
  await expect(terminal.tab(2)).toHaveCount(0);
  await expect
    .poll(async () => {
      const { terminals } = await berth.client.terminals.list.query({ workspaceId: workspace.id });
      return terminals.map(({ endedAt }) => endedAt === null).sort();
    })
    .toEqual([false, true]);
});

test("search finds text, F6 leaves the terminal, and an ended shell is shown after a reload and can be restarted", async ({
  canvas,
  berth,
  page,
}) => {
  const workspace = await createOnline(berth.client, "terminal keys");
  await openTerminalTab(canvas, berth.api.url, workspace.id);
  const { terminal } = canvas;
  await terminal.run(1, "for n in 1 2 3; do echo ne''edle $n; done");
  await expect(terminal.screen(1)).toContainText("needle 3");
  await page.keyboard.press("Control+f");
  const find = terminal.panel.getByRole("searchbox", { name: "Find in terminal" });
  await expect(find).toBeFocused();
  await find.fill("needle");
  await expect(terminal.panel.getByText("3 of 3")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(terminal.input(1)).toBeFocused();

  await page.keyboard.press("F6");
  await expect(terminal.tab(1)).toBeFocused();

  await terminal.run(1, "exit 3");
  const end = terminal.panel.getByText("This shell ended with exit code 3.");
  await expect(end).toBeVisible();
  await page.reload();
  await expect(end).toBeVisible();
  await expect(terminal.screen(1)).toContainText("needle 3");
  await terminal.panel.getByRole("button", { name: "Start new shell" }).click();
  await expect(terminal.input(1)).toBeFocused();
  await terminal.run(1, "echo ag''ain");
  await expect(terminal.screen(1)).toContainText("again");
  await page.reload();
  await expect(terminal.screen(1)).toContainText("again");
  await expect(terminal.tab(2)).toHaveCount(0);
});

test("a terminal reconnects to the same shell after its connection breaks", async ({ canvas, berth, page }) => {
  const workspace = await createOnline(berth.client, "terminal cut");
  // Closes the browser's open connections, as a restarting proxy does.
  const disconnects: (() => void)[] = [];
  await page.routeWebSocket(/\/terminal\//, (socket) => {
    const server = socket.connectToServer();
    disconnects.push(() => void Promise.all([server.close(), socket.close({ code: 1012 })]));
  });
  await openTerminalTab(canvas, berth.api.url, workspace.id);
  const { terminal } = canvas;
  await terminal.run(1, "echo be''fore $$; (sleep 1; echo mean''while) &");
  await expect(terminal.screen(1)).toContainText(/before \d+/);
  disconnects.at(-1)?.();
  await expect(terminal.screen(1)).toContainText("meanwhile");
  await terminal.run(1, "echo af''ter $$");
  await expect(terminal.screen(1)).toContainText(/after \d+/);
  const text = (await terminal.screen(1).textContent()) ?? "";
  expect(/before (\d+)/.exec(text)?.[1]).toBe(/after (\d+)/.exec(text)?.[1]);
  expect(text.split("meanwhile")).toHaveLength(2);
  expect(disconnects.length).toBeGreaterThan(1);
});

test("the Terminal tab shows that a workspace is hibernated, and wakes it only on request", async ({
  canvas,
  berth,
}) => {
  const workspace = await createOnline(berth.client, "terminal asleep");
  await berth.client.workspaces.hibernate.mutate({ id: workspace.id });
  const status = async () => (await berth.client.workspaces.get.query({ id: workspace.id })).status;
  await expect.poll(status).toBe("hibernated");
  await canvas.page.goto(`${berth.api.url}/?w=${workspace.id}&tab=terminal`);
  await expect(canvas.terminal.panel.getByRole("heading", { name: "Hibernated" })).toBeVisible();
  expect(await status()).toBe("hibernated");
  await canvas.terminal.panel.getByRole("button", { name: "Wake and open a terminal" }).click();
  await canvas.terminal.run(1, "echo aw''ake");
  await expect(canvas.terminal.screen(1)).toContainText("awake");
});

async function createOnline(client: BerthClient, name: string, backend: BackendKind = "local"): Promise<Workspace> {
  const { workspace } = await client.workspaces.create.mutate({ name, compute: { backend } });
  await expect.poll(async () => (await client.workspaces.get.query({ id: workspace.id })).status).toBe("online");
  return workspace;
}

async function openTerminalTab(canvas: CanvasPage, url: string, id: string): Promise<void> {
  await canvas.page.goto(`${url}/?w=${id}&tab=terminal`);
  await expect(canvas.terminal.screen(1)).toContainText(/[#$]/);
}
