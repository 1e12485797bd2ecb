import { rename } from "node:fs/promises";
import type { BerthClient } from "@berth/client";
import {
  collectConsoleErrors,
  collectFailedRequests,
  expectAccessible,
  expectNoHorizontalScroll,
} from "../fixtures/page-checks.ts";
import { eraseEverything, expect, test } from "../fixtures/test.ts";

// The Files tab beyond opening and saving: search, live changes, and files too large to open.

// Other specs count machines.
test.afterEach(({ berth }) => eraseEverything(berth.client));

test("search finds files by name and content while typing, and opens a match at its line", async ({
  canvas,
  berth,
  page,
}) => {
  const consoleErrors = collectConsoleErrors(page);
  const id = await createWorkspace(berth, "files search", {
    "src/answer.ts": `${"// nothing\n".repeat(200)}export const answer = 42;\n`,
    "docs/answers.md": "no\n",
    "docs/other.md": "The Answer is elsewhere.\n",
  });
  await page.goto(`${berth.api.url}/?w=${id}&tab=files`);
  const { panel } = canvas.files;
  await expect(canvas.files.entry("docs")).toBeVisible();
  const field = panel.getByRole("searchbox", { name: "Search names and contents" });
  await field.fill("answer");
  const results = panel.getByRole("list", { name: "Search results" });
  await expect(results.getByRole("listitem")).toHaveText([
    /answers\.md/,
    /answer\.ts/,
    /201\s*export const answer = 42;/,
    /other\.md/,
    /1\s*The Answer is elsewhere\./,
  ]);
  await expect(panel.getByText("3 files")).toBeVisible();
  await expectAccessible(page, "search results");

  // By keyboard: arrow down to the line, Enter opens it.
  await field.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(canvas.files.editor).toBeFocused();
  await expect(panel.locator(".cm-activeLine")).toHaveText("export const answer = 42;");

  await page.getByRole("button", { name: "All files" }).click();
  await field.press("Escape");
  await expect(results).toHaveCount(0);
  await expect(canvas.files.entry("docs")).toBeVisible();
  expect(consoleErrors).toEqual([]);
});

test("changes in the workspace appear live, and unsaved text is kept", async ({ canvas, berth, page }) => {
  const id = await createWorkspace(berth, "files live", { "a/one.txt": "first\n", "a/mine.txt": "theirs\n" });
  const write = (path: string, content: string) =>
    berth.client.files.write.mutate({ workspaceId: id, root: "/workspace", path, content });
  await page.goto(`${berth.api.url}/?w=${id}&tab=files`);
  await canvas.files.entry("a").click();
  await expect(canvas.files.entry("one.txt")).toBeVisible();
  await write("a/two.txt", "new\n");
  await expect(canvas.files.entry("two.txt")).toBeVisible();
  await berth.client.files.delete.mutate({ workspaceId: id, root: "/workspace", path: "a/two.txt" });
  await expect(canvas.files.entry("two.txt")).toHaveCount(0);
  await berth.client.files.makeDirectory.mutate({ workspaceId: id, root: "/workspace", path: "built" });
  await expect(canvas.files.entry("built")).toBeVisible();

  await canvas.files.open("one.txt");
  await expect(canvas.files.editor).toContainText("first");
  await write("a/one.txt", "second\n");
  await expect(canvas.files.editor).toContainText("second");

  await page.getByRole("button", { name: "All files" }).click();
  await canvas.files.open("mine.txt");
  await canvas.files.editor.fill("mine, not saved");
  await write("a/mine.txt", "theirs again\n");
  await write("a/one.txt", "third\n");
  await canvas.files.panel.getByRole("button", { name: "one.txt", exact: true }).click();
  await expect(canvas.files.editor).toContainText("third");
  await canvas.files.panel.getByRole("button", { name: /^mine\.txt/ }).click();
  await expect(canvas.files.editor).toContainText("mine, not saved");
  await canvas.files.panel.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByRole("alertdialog", { name: /has changed since you opened it/ })).toBeVisible();

  // The opener is disabled after the choice, so the editor receives focus.
  await page.getByRole("button", { name: "Use theirs" }).click();
  await expect(canvas.files.editor).toContainText("theirs again");
  await expect(canvas.files.editor).toBeFocused();
  await canvas.files.editor.fill("not this");
  await canvas.files.panel.getByRole("button", { name: "Review changes" }).click();
  await page.getByRole("button", { name: "Discard changes" }).click();
  await expect(canvas.files.editor).toContainText("theirs again");
  await expect(canvas.files.editor).toBeFocused();
});

test("the editor shows a change made after reading the file and before watching it", async ({
  canvas,
  berth,
  page,
}) => {
  const id = await createWorkspace(berth, "files between", { "a.txt": "was here\n" });
  const watchGate = Promise.withResolvers<void>();
  await page.route(/\/trpc\/files\.watch/, async (route) => {
    await watchGate.promise;
    await route.continue();
  });
  await page.goto(`${berth.api.url}/?w=${id}&tab=files&file=/a.txt`);
  await expect(canvas.files.editor).toContainText("was here");
  const file = { workspaceId: id, root: "/workspace", path: "a.txt" } as const;
  await berth.client.files.write.mutate({ ...file, content: "is here\n" });
  watchGate.resolve();
  await expect(canvas.files.editor).toContainText("is here");
});

test("the editor reports a deleted file, and saving recreates it", async ({ canvas, berth, page }) => {
  const id = await createWorkspace(berth, "files deleted", { "gone.txt": "was here\n" });
  const file = { workspaceId: id, root: "/workspace", path: "gone.txt" } as const;
  await page.goto(`${berth.api.url}/?w=${id}&tab=files&file=/gone.txt`);
  await expect(canvas.files.editor).toContainText("was here");
  const notice = canvas.files.panel.getByRole("status").filter({ hasText: "gone.txt was deleted or moved" });
  await berth.client.files.write.mutate({ ...file, content: "is here\n" });
  await expect(canvas.files.editor).toContainText("is here");
  await berth.client.files.delete.mutate(file);
  await expect(notice).toBeVisible();
  await expectAccessible(page, "deleted outside");
  await berth.client.files.write.mutate({ ...file, content: "back again\n" });
  await expect(canvas.files.editor).toContainText("back again");
  await expect(notice).toHaveCount(0);

  await berth.client.files.delete.mutate(file);
  await expect(notice).toBeVisible();
  await canvas.files.panel.getByRole("button", { name: "Save", exact: true }).click();
  await expect.poll(() => berth.read(id, "gone.txt").catch(() => null)).toBe("back again\n");
  await expect(notice).toHaveCount(0);
});

test("renaming or deleting an open file sends no request for its old path", async ({ canvas, berth, page }) => {
  const id = await createWorkspace(berth, "files renamed", { "old.txt": "text\n" });
  const { editor, panel } = canvas.files;
  const entry = (name: string) => canvas.files.entry(name);
  const failures = collectFailedRequests(page);
  await page.goto(`${berth.api.url}/?w=${id}&tab=files&file=/old.txt`);
  // Widens the panel, so that tree and file are side by side.
  await page.getByRole("separator", { name: /panel/i }).press("Home");
  await expect(entry("old.txt")).toBeVisible();
  await editor.fill("text, not saved\n");
  await entry("old.txt").press("F2");
  await page.getByRole("dialog").getByRole("textbox").fill("new.txt");
  await page.keyboard.press("Enter");
  await expect(entry("new.txt")).toBeVisible();
  await expect(editor).toContainText("text, not saved");
  // The rename alone changes the version, which is not a conflict.
  await panel.getByRole("button", { name: "Save", exact: true }).click();
  await expect.poll(() => berth.read(id, "new.txt")).toBe("text, not saved\n");
  await expect(page.getByRole("alertdialog")).toHaveCount(0);

  await entry("new.txt").press("Delete");
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await expect(entry("new.txt")).toHaveCount(0);
  // Events are ordered: once this change is shown, all earlier events have arrived.
  await berth.client.files.write.mutate({ workspaceId: id, root: "/workspace", path: "next.txt", content: "" });
  await expect(entry("next.txt")).toBeVisible();
  expect(failures).toEqual([]);
});

test("the tab of the open file scrolls into view among many tabs", async ({ canvas, berth, page }) => {
  const names = Array.from({ length: 14 }, (_, at) => `a-file-with-a-long-name-${at}.txt`);
  const id = await createWorkspace(berth, "files many", Object.fromEntries(names.map((name) => [name, `${name}\n`])));
  for (const name of names) {
    await page.goto(`${berth.api.url}/?w=${id}&tab=files&file=/${name}`);
    await expect(canvas.files.editor).toContainText(name);
  }
  for (const name of [names.at(-1) ?? "", names[0] ?? ""]) {
    await page.goto(`${berth.api.url}/?w=${id}&tab=files&file=/${name}`);
    await expect(canvas.files.panel.getByRole("button", { name, exact: true })).toBeInViewport({ ratio: 1 });
  }
});

test("the Files tab reports missing data, and shows the files after the data returns", async ({
  canvas,
  berth,
  page,
}) => {
  const id = await createWorkspace(berth, "files lost", { "kept.txt": "still here\n" });
  const { volume } = await berth.client.workspaces.get.query({ id });
  await berth.client.workspaces.pause.mutate({ id });
  await expect.poll(async () => (await berth.client.workspaces.get.query({ id })).status).toBe("paused");
  const [volumePath] = await berth.inspector("local").volumePaths(volume?.id ?? "");
  if (!volumePath) throw new Error("The volume does not exist.");
  await rename(volumePath, `${volumePath}.away`);

  await page.goto(`${berth.api.url}/?w=${id}&tab=files`);
  const notice = canvas.files.panel.getByRole("alert");
  await expect(notice).toContainText("is missing on the local backend");
  await expect(notice).toContainText("Check the backend, then restart");
  await expectAccessible(page, "lost data");

  await rename(`${volumePath}.away`, volumePath);
  await notice.getByRole("button", { name: "Try again" }).click();
  await expect(canvas.files.entry("kept.txt")).toBeVisible();
  await expect(notice).toHaveCount(0);
});

test("a file too large to edit is shown in parts", async ({ canvas, berth, page }) => {
  const id = await createWorkspace(berth, "files large", {});
  const lines = Array.from({ length: 200_000 }, (_, line) => `line ${line + 1} of the large file`);
  const response = await fetch(`${berth.api.url}/files/${id}/workspace/large.log`, {
    method: "PUT",
    headers: { authorization: `Bearer ${await berth.api.ownerToken()}` },
    body: lines.join("\n"),
  });
  expect(response.status).toBeLessThan(300);
  await page.goto(`${berth.api.url}/?w=${id}&tab=files&file=/large.log`);
  const { panel } = canvas.files;
  const part = panel.getByRole("region", { name: "large.log, part of the file" });
  await expect(part).toContainText("line 1 of the large file");
  await expectAccessible(page, "large file");
  await panel.getByRole("button", { name: "Go to end" }).click();
  await expect(part).toContainText("line 200000 of the large file");
  await panel.getByRole("button", { name: "Previous part" }).click();
  await expect(part).not.toContainText("line 200000 of");
  await panel.getByLabel("Line number").fill("123,456");
  await panel.getByRole("button", { name: "Go", exact: true }).click();
  await expect(panel.getByText(/^Lines 123,456 to/)).toBeVisible();
  await expect(part.locator("pre").last()).toHaveText(/^line 123456 of the large file\n/);
  await panel.getByRole("button", { name: "Next part" }).click();
  await expect(panel.getByText(/^Lines 12\d,\d+ to/)).toBeVisible();
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoHorizontalScroll(page);
});

async function createWorkspace(
  berth: { client: BerthClient },
  name: string,
  files: Record<string, string>,
): Promise<string> {
  const { client } = berth;
  const { workspace: created } = await client.workspaces.create.mutate({ name, compute: { backend: "local" } });
  await expect.poll(async () => (await client.workspaces.get.query({ id: created.id })).status).toBe("online");
  for (const [path, content] of Object.entries(files)) {
    await client.files.write.mutate({ workspaceId: created.id, root: "/workspace", path, content });
  }
  return created.id;
}
