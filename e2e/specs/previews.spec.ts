import { collectConsoleErrors, expectAccessible, expectNoHorizontalScroll } from "../fixtures/page-checks.ts";
import { idOf, seed } from "../fixtures/seed.ts";
import { expect, test } from "../fixtures/test.ts";

// Previews render untrusted text, so they must not run scripts or load anything from other hosts.

const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

const MARKDOWN = `# Read me

A **bold** word, \`code\`, a [page](https://example.org/page), [another text](sub/other.md) and
[a trap](javascript:document.title='trapped').

| round | kept |
| --- | --- |
| 1 | all |

- [x] done
- [ ] open

![a pixel](sub/pixel.png) ![far away](https://images.example.org/far.png)

<script>document.title = "trapped"</script>
<img src="https://images.example.org/tag.png" onerror="document.title='trapped'">
`;

let id: string;
test.beforeEach(async ({ canvas: _signedIn, berth }) => {
  const ids = await seed(berth.client, [{ name: `previews ${Date.now()}` }]);
  id = idOf(ids, Object.keys(ids)[0] ?? "");
  const write = (path: string, content: string, encoding: "utf8" | "base64" = "utf8") =>
    berth.client.files.write.mutate({ workspaceId: id, root: "/workspace", path, content, encoding });
  await write("read.md", MARKDOWN);
  await write("sub/other.md", "# Another text\n");
  await write("sub/pixel.png", PIXEL, "base64");
  const rows = Array.from({ length: 700 }, (_, at) => `${at + 1},"one, two ${at + 1}"`);
  await write("table.csv", `round,what\n${rows.join("\n")}\n`);
});

test("Markdown preview runs no scripts and sends no requests to other hosts", async ({ canvas, berth, page }) => {
  const consoleErrors = collectConsoleErrors(page);
  const externalRequests: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(berth.api.url) && /^https?:/.test(request.url()))
      externalRequests.push(request.url());
  });
  await page.goto(`${berth.api.url}/?w=${id}&tab=files&file=/read.md`);
  const { panel, editor } = canvas.files;
  await expect(editor).toBeVisible();
  await panel.getByRole("button", { name: "Preview" }).press("Enter");
  const preview = panel.getByRole("region", { name: "read.md, preview" });
  await expect(preview.getByRole("heading", { name: "Read me" })).toBeVisible();
  await expect(editor).toBeHidden();
  await expect(preview.getByRole("table").getByRole("cell", { name: "all" })).toBeVisible();
  await expect(preview.getByRole("checkbox", { name: "Done" })).toBeChecked();
  await expect(preview.getByRole("link", { name: "page" })).toHaveAttribute("rel", /noopener noreferrer/);
  await expect(preview.getByRole("link", { name: "far away on images.example.org" })).toBeVisible();
  await expect(preview.getByRole("link", { name: "a trap" })).toHaveCount(0);
  await expect(preview.getByText("a trap")).toBeVisible();
  const pixel = preview.getByRole("img", { name: "a pixel" });
  await expect.poll(() => pixel.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(1);
  await expect(preview.getByText('<script>document.title = "trapped"</script>')).toBeVisible();
  await expectAccessible(page, "Markdown");

  await preview.getByText("a trap").click();
  await expect(page).not.toHaveTitle(/trapped/);
  expect(externalRequests).toEqual([]);

  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoHorizontalScroll(page);
  // The preview survives a reload, and a link opens the file it names.
  await page.reload();
  await preview.getByRole("button", { name: "another text" }).press("Enter");
  await expect(panel.getByRole("button", { name: "other.md", exact: true })).toHaveAttribute("aria-current", "true");
  await expect(editor).toContainText("# Another text");
  expect(consoleErrors).toEqual([]);
});

test("preview shows unsaved text, and opening a search result switches to the source", async ({
  canvas,
  berth,
  page,
}) => {
  await page.goto(`${berth.api.url}/?w=${id}&tab=files&file=/read.md`);
  const { panel, editor } = canvas.files;
  await editor.fill("# Not saved yet\n\nmore\n");
  await panel.getByRole("button", { name: "Preview" }).click();
  await expect(panel.getByRole("heading", { name: "Not saved yet" })).toBeVisible();
  await panel.getByRole("button", { name: "Preview" }).click();
  await expect(editor).toContainText("# Not saved yet");
  await panel.getByRole("button", { name: "Save", exact: true }).click();
  await expect.poll(() => berth.read(id, "read.md")).toBe("# Not saved yet\n\nmore\n");

  await panel.getByRole("button", { name: "Preview" }).click();
  await expect(editor).toBeHidden();
  await page.getByRole("button", { name: "All files" }).click();
  await panel.getByRole("searchbox").fill("more");
  await panel.getByRole("list", { name: "Search results" }).getByRole("button", { name: "Line 3 more" }).click();
  await expect(editor).toBeFocused();
  await expect(panel.locator(".cm-activeLine")).toHaveText("more");
});

test("CSV preview shows a table of the first 500 rows and loads more on request", async ({ canvas, berth, page }) => {
  const consoleErrors = collectConsoleErrors(page);
  await page.goto(`${berth.api.url}/?w=${id}&tab=files&file=/table.csv`);
  const { panel } = canvas.files;
  await panel.getByRole("button", { name: "Preview" }).click();
  const preview = panel.getByRole("region", { name: "table.csv, preview" });
  await expect(preview.getByRole("columnheader", { name: "what" })).toBeVisible();
  await expect(preview.getByRole("cell", { name: "one, two 1", exact: true })).toBeVisible();
  await expect(preview.getByText("The first 500 of 700 rows.")).toBeVisible();
  await expectAccessible(page, "table");
  await preview.getByRole("button", { name: "Show 200 more" }).press("Enter");
  await expect(preview.getByRole("cell", { name: "one, two 700" })).toBeAttached();
  await expect(preview.getByText("700 rows.", { exact: true })).toBeVisible();
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoHorizontalScroll(page);
  expect(consoleErrors).toEqual([]);
});
