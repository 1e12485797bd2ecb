import type { Locator, Page } from "@playwright/test";
import { expectAccessible, expectNoHorizontalScroll } from "../fixtures/page-checks.ts";
import { idOf, seed } from "../fixtures/seed.ts";
import { expect, test } from "../fixtures/test.ts";
import type { FilesTab } from "../pages/files-tab.ts";

// Two clients edit one file. A save never overwrites a version that was not shown, and never loses unsaved text.

const NAME = "plan.txt";
const BINARY = Buffer.from([0, 1, 2]).toString("base64");

let id: string;
test.beforeEach(async ({ canvas, berth, page }, { title }) => {
  const ids = await seed(berth.client, [{ name: `conflict ${title.length} ${Date.now()}` }]);
  id = idOf(ids, Object.keys(ids)[0] ?? "");
  await write(berth, "first\n");
  await page.goto(`${berth.api.url}/?w=${id}&tab=files&file=/${NAME}`);
  await expect(canvas.files.editor).toContainText("first");
});

type Berth = Parameters<Parameters<typeof test>[2]>[0]["berth"];

const file = () => ({ workspaceId: id, root: "/workspace", path: NAME }) as const;
const write = ({ client }: Berth, content: string, encoding: "utf8" | "base64" = "utf8") =>
  client.files.write.mutate({ ...file(), content, encoding });
const deleteFile = ({ client }: Berth) => client.files.delete.mutate(file());
const savedText = (berth: Berth) => berth.read(id, NAME);
const conflictDialog = (page: Page, name: RegExp): Locator => page.getByRole("alertdialog", { name });
const save = ({ panel }: FilesTab) => panel.getByRole("button", { name: "Save", exact: true });

test("conflict dialog shows a version saved while it is open before it can be overwritten", async ({
  canvas,
  berth,
  page,
}) => {
  await canvas.files.editor.fill("mine\n");
  await write(berth, "second\n");
  await save(canvas.files).click();
  const dialog = conflictDialog(page, /has changed since you opened it/);
  await expect(dialog.getByRole("textbox", { name: /^Theirs/ })).toContainText("second");

  await dialog.getByRole("textbox", { name: "Yours" }).fill("mine, merged\n");
  await write(berth, "third\n");
  await dialog.getByRole("button", { name: "Save right side" }).click();
  await expect(dialog.getByRole("status")).toContainText("changed again");
  await expect(dialog.getByRole("textbox", { name: /^Theirs/ })).toContainText("third");
  await expect(dialog.getByRole("textbox", { name: "Yours" })).toContainText("mine, merged");
  expect(await savedText(berth)).toBe("third\n");
  // A repeated key press must not confirm a version that is not on screen yet.
  await expect(dialog.getByRole("button", { name: "Cancel" })).toBeFocused();

  await dialog.getByRole("button", { name: "Keep mine" }).click();
  await expect(dialog).toBeHidden();
  expect(await savedText(berth)).toBe("mine, merged\n");
  await expect(canvas.files.editor).toContainText("mine, merged");
  await expect(canvas.files.editor).toBeFocused();
});

test("cancelling the conflict dialog keeps the merged text in the editor", async ({ canvas, berth, page }) => {
  await canvas.files.editor.fill("mine\n");
  await write(berth, "second\n");
  await save(canvas.files).click();
  const dialog = conflictDialog(page, /has changed since you opened it/);
  await dialog.getByRole("textbox", { name: "Yours" }).fill("mine, merged\n");
  await write(berth, "third\n");
  await dialog.getByRole("button", { name: "Save right side" }).click();
  await expect(dialog.getByRole("status")).toContainText("changed again");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(canvas.files.editor).toContainText("mine, merged");
});

test("save shows an error and writes nothing when the other version cannot be read", async ({
  canvas,
  berth,
  page,
}) => {
  await canvas.files.editor.fill("mine\n");
  await write(berth, "second\n");
  await page.route("**/trpc/files.stat**", (route) => route.fulfill({ status: 503, body: "" }));
  await save(canvas.files).click();
  await expect(page.getByText(/cannot be read\. Nothing was saved/)).toBeVisible();
  await expect(page.getByRole("alertdialog")).toHaveCount(0);
  expect(await savedText(berth)).toBe("second\n");

  await page.unroute("**/trpc/files.stat**");
  await save(canvas.files).click();
  const dialog = conflictDialog(page, /has changed since you opened it/);
  await expect(dialog.getByRole("textbox", { name: /^Theirs/ })).toContainText("second");
  await expect(dialog.getByRole("textbox", { name: "Yours" })).toContainText("mine");
});

test("“Keep mine” recreates a deleted file only if its path is still free", async ({ canvas, berth, page }) => {
  await blockWatchEvents(page);
  await canvas.files.editor.fill("mine\n");
  await deleteFile(berth);
  await save(canvas.files).click();
  const deletedDialog = conflictDialog(page, /was deleted/);
  await expect(deletedDialog).toBeVisible();
  await expectAccessible(page, "deleted file dialog");

  await write(berth, "a new file\n");
  await deletedDialog.getByRole("button", { name: "Keep mine" }).click();
  const changedDialog = conflictDialog(page, /has changed since you opened it/);
  await expect(changedDialog.getByRole("textbox", { name: /^Theirs/ })).toContainText("a new file");
  expect(await savedText(berth)).toBe("a new file\n");

  await deleteFile(berth);
  await changedDialog.getByRole("button", { name: "Keep mine" }).click();
  await deletedDialog.getByRole("button", { name: "Keep mine" }).click();
  await expect(page.getByRole("alertdialog")).toHaveCount(0);
  expect(await savedText(berth)).toBe("mine\n");
});

test("conflict dialog reports a file that became binary, and does not overwrite a newer version", async ({
  canvas,
  berth,
  page,
}) => {
  await blockWatchEvents(page);
  await canvas.files.editor.fill("mine\n");
  await write(berth, BINARY, "base64");
  await save(canvas.files).click();
  const dialog = conflictDialog(page, /is no longer text/);
  await expect(dialog).toBeVisible();
  await write(berth, "text again\n");
  await dialog.getByRole("button", { name: "Keep mine" }).click();
  await expect(conflictDialog(page, /has changed since/).getByRole("textbox", { name: /^Theirs/ })).toContainText(
    "text again",
  );
  expect(await savedText(berth)).toBe("text again\n");
  await page.getByRole("button", { name: "Cancel" }).click();

  await write(berth, BINARY, "base64");
  await save(canvas.files).click();
  await dialog.getByRole("button", { name: "Use theirs" }).click();
  await expect(canvas.files.panel.getByText(/This is not UTF-8 text/)).toBeVisible();
});

test("unsaved text of a deleted file survives a reload and can be saved", async ({ canvas, berth, page }) => {
  await canvas.files.editor.fill("mine\n");
  await deleteFile(berth);
  await page.reload();
  await expect(canvas.files.editor).toContainText("mine");
  await expect(canvas.files.panel.getByText(/was deleted/)).toBeVisible();
  await expectAccessible(page, "deleted, with a draft");
  // The rewrite must not lose the text while the editor is empty.
  await canvas.files.editor.fill("");
  await canvas.files.editor.fill("mine, rewritten\n");
  await save(canvas.files).click();
  await expect(canvas.files.panel.getByText(/was deleted/)).toHaveCount(0);
  expect(await savedText(berth)).toBe("mine, rewritten\n");
});

for (const [change, content, dialogName] of [
  ["became binary", Buffer.from([0, 1, 2]), /is no longer text/],
  ["became too large", Buffer.alloc(1_100_000, "large\n"), /is now too large to edit/],
] as const) {
  test(`unsaved text of a file that ${change} survives a reload`, async ({ canvas, berth, page }) => {
    await canvas.files.editor.fill("mine\n");
    const response = await fetch(`${berth.api.url}/files/${id}/workspace/${NAME}`, {
      method: "PUT",
      headers: { authorization: `Bearer ${await berth.api.ownerToken()}` },
      body: content,
    });
    expect(response.status).toBeLessThan(300);
    await page.reload();
    await expect(canvas.files.editor).toContainText("mine");
    await save(canvas.files).click();
    await expect(conflictDialog(page, dialogName)).toBeVisible();
    await page.getByRole("button", { name: "Keep mine" }).click();
    await expect(page.getByRole("alertdialog")).toHaveCount(0);
    expect(await savedText(berth)).toBe("mine\n");
    await expect(canvas.files.editor).toContainText("mine");
  });
}

test("the editor shows unsaved text while the file cannot be read", async ({ canvas, page }) => {
  await canvas.files.editor.fill("mine\n");
  await page.route("**/trpc/files.stat**", (route) => route.fulfill({ status: 503, body: "" }));
  await page.reload();
  await expect(canvas.files.editor).toContainText("mine");
  await page.unroute("**/trpc/files.stat**");
  await canvas.files.panel.getByRole("alert").getByRole("button", { name: "Try again" }).click();
  await expect(canvas.files.panel.getByRole("alert")).toHaveCount(0);
  await expect(canvas.files.editor).toContainText("mine");
});

test("resolving a conflict after saving from the review dialog closes the review", async ({ canvas, berth, page }) => {
  await canvas.files.editor.fill("mine\n");
  await canvas.files.panel.getByRole("button", { name: "Review changes" }).click();
  await write(berth, "second\n");
  await page.getByRole("dialog").getByRole("button", { name: "Save", exact: true }).click();
  const dialog = conflictDialog(page, /has changed since you opened it/);
  await expect(dialog.getByRole("button", { name: "Cancel" })).toBeFocused();
  await dialog.getByRole("button", { name: "Use theirs" }).click();
  await expect(page.getByRole("alertdialog")).toHaveCount(0);
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(canvas.files.editor).toContainText("second");
  await expect(canvas.files.editor).toBeFocused();
});

test("conflict dialog on a phone shows both versions in one column and applies single changes", async ({
  canvas,
  berth,
  page,
}) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await canvas.files.editor.fill("mine\n");
  await write(berth, "theirs\n");
  await save(canvas.files).click();
  const dialog = conflictDialog(page, /has changed since you opened it/);
  const mine = dialog.getByRole("textbox", { name: "Yours" });
  await expect(mine).toContainText("theirs");
  await expect(mine).toContainText("mine");
  expect((await mine.boundingBox())?.width).toBeGreaterThan(250);
  await expectAccessible(page, "conflict on a phone");
  await expectNoHorizontalScroll(page);
  await dialog.getByRole("button", { name: "Use this change" }).press("Enter");
  await expect(mine).not.toContainText("mine");
  await dialog.getByRole("button", { name: "Save merged version" }).click();
  await expect(dialog).toBeHidden();
  expect(await savedText(berth)).toBe("theirs\n");
});

/** Blocks the page's file events, as a lost connection does. */
async function blockWatchEvents(page: Page): Promise<void> {
  await page.route("**/trpc/files.watch**", (route) => route.abort());
  await page.reload();
}
