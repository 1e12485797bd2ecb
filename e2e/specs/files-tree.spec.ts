import { idOf, seed } from "../fixtures/seed.ts";
import { expect, test } from "../fixtures/test.ts";
import { Keyboard } from "../pages/keyboard.ts";

const NAMES = ["alpha.txt", "beta.txt", "gamma.txt", "sub/inner.txt"];

test("focus stays in the file tree after a create, rename, move or delete", async ({ canvas, berth, page }) => {
  const id = idOf(await seed(berth.client, [{ name: "tree" }]), "tree");
  for (const path of NAMES) {
    await berth.client.files.write.mutate({ workspaceId: id, root: "/workspace", path, content: "x\n" });
  }
  await page.goto(`${berth.api.url}/?w=${id}&tab=files`);
  const keys = new Keyboard(page);
  const { files } = canvas;

  await test.step("create a folder and a file", async () => {
    await files.panel.getByRole("button", { name: "New folder in /workspace" }).click();
    await keys.expectFocus("textbox", /Name/);
    await keys.type("made");
    await keys.press("Enter");
    await keys.expectFocus("treeitem", /made/);
    await files.panel.getByRole("button", { name: "New file in made" }).click();
    await keys.expectFocus("textbox", /Name/);
    await keys.type("fresh.txt");
    await keys.press("Enter");
    // A narrow panel shows the file instead of the tree.
    await keys.expectFocus("button", "fresh.txt");
    await files.panel.getByRole("button", { name: "All files" }).click();
    await expect(files.entry("fresh.txt")).toBeVisible();
  });

  await test.step("cancel a rename, then rename", async () => {
    await files.entry("beta.txt").focus();
    await keys.press("F2");
    await keys.expectFocus("textbox", "New name");
    await keys.press("Escape");
    await keys.expectFocus("treeitem", /beta\.txt/);
    await keys.press("F2");
    await keys.expectFocus("textbox", "New name");
    await keys.press("ControlOrMeta+a");
    await keys.type("zeta.txt");
    await keys.press("Enter");
    await keys.expectFocus("treeitem", /zeta\.txt/);
  });

  await test.step("move into a collapsed folder", async () => {
    await files.entry("zeta.txt").click({ button: "right" });
    await page.getByRole("menuitem", { name: "Move to…" }).click();
    await keys.expectFocus("textbox", /New path/);
    await keys.press("ControlOrMeta+a");
    await keys.type("/sub/zeta.txt");
    await keys.press("Enter");
    await keys.expectFocus("treeitem", /zeta\.txt/);
    await expect(files.entry("zeta.txt")).toHaveAttribute("aria-level", "2");
  });

  await test.step("delete: focus moves to the next entry, then to the previous one", async () => {
    await files.entry("alpha.txt").focus();
    for (const next of [/gamma\.txt/, /zeta\.txt/]) {
      await keys.press("Delete");
      await keys.expectFocus("button", "Cancel");
      await keys.press("Tab", "Enter");
      await keys.expectFocus("treeitem", next);
    }
  });
});

test("undoing a rename does not overwrite another file", async ({ canvas, berth, page }) => {
  const { client } = berth;
  const id = idOf(await seed(client, [{ name: "undo" }]), "undo");
  const write = (path: string, content: string) =>
    client.files.write.mutate({ workspaceId: id, root: "/workspace", path, content });
  await write("one.txt", "one\n");
  await write("sub/two.txt", "two\n");
  await page.goto(`${berth.api.url}/?w=${id}&tab=files&file=/one.txt`);
  const { files } = canvas;
  const rename = async (from: string, to: string) => {
    await files.entry(from).press("F2");
    await page.getByRole("dialog").getByLabel("New name").fill(to);
    await page.keyboard.press("Enter");
    await expect(files.entry(to)).toBeVisible();
  };
  await expect(files.editor).toContainText("one");
  await files.panel.getByRole("button", { name: "All files" }).click();

  await rename("one.txt", "first.txt");
  const renamed = page.getByRole("listitem").filter({ hasText: "one.txt renamed to first.txt." });
  await renamed.getByRole("button", { name: "Undo" }).click();
  await expect(files.entry("one.txt")).toBeVisible();
  await expect(files.entry("first.txt")).toBeHidden();
  expect(await berth.read(id, "one.txt")).toBe("one\n");

  await test.step("undo keeps a newer file that has the old name", async () => {
    await rename("one.txt", "second.txt");
    await write("one.txt", "another\n");
    const again = page.getByRole("listitem").filter({ hasText: "one.txt renamed to second.txt." });
    await again.getByRole("button", { name: "Undo" }).click();
    await expect(page.getByText(/Could not move second\.txt back/)).toBeVisible();
    expect(await berth.read(id, "one.txt")).toBe("another\n");
    expect(await berth.read(id, "second.txt")).toBe("one\n");
  });

  await test.step("a rename to a taken name is rejected without an offer to replace", async () => {
    await files.entry("second.txt").press("F2");
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("New name").fill("one.txt");
    await page.keyboard.press("Enter");
    await expect(dialog).toContainText("Choose another name.");
    await expect(dialog).not.toContainText("replace");
    await page.keyboard.press("Escape");
  });
});

test("/agent-home explains that the backend does not keep it, and links to /workspace", async ({
  canvas,
  berth,
  page,
}) => {
  const id = idOf(await seed(berth.client, [{ name: "homeless" }]), "homeless");
  await page.goto(`${berth.api.url}/?w=${id}&tab=files&root=/agent-home`);
  const { panel } = canvas.files;
  await expect(panel).toContainText("deleted when the machine is replaced");
  await expect(panel.getByRole("button", { name: /Container/ })).toBeHidden();
  await panel.getByRole("button", { name: "Show /workspace" }).click();
  await expect(panel.getByRole("tree", { name: "Files in /workspace" })).toBeVisible();
});

test("the root name is not clipped next to an open file, and a new file's row receives focus", async ({
  canvas,
  berth,
  page,
}) => {
  const id = idOf(await seed(berth.client, [{ name: "roomy" }]), "roomy");
  await berth.client.files.write.mutate({ workspaceId: id, root: "/workspace", path: "a.txt", content: "a\n" });
  await page.setViewportSize({ width: 1600, height: 900 });
  await page.goto(`${berth.api.url}/?w=${id}&tab=files&file=/a.txt`);
  await page.getByRole("separator").press("Home");
  const { files } = canvas;
  await expect(files.editor).toContainText("a");
  await expect(files.entry("a.txt")).toBeVisible();
  const root = files.panel.getByRole("combobox", { name: "Root" });
  const clippedPixels = await root.evaluate((select) => {
    const unconstrained = select.cloneNode(true) as HTMLElement;
    unconstrained.style.position = "absolute";
    select.parentElement?.append(unconstrained);
    const clipped = unconstrained.offsetWidth - (select as HTMLElement).offsetWidth;
    unconstrained.remove();
    return clipped;
  });
  expect(clippedPixels).toBeLessThanOrEqual(0);

  const keys = new Keyboard(page);
  await files.panel.getByRole("button", { name: "New file in /workspace" }).press("Enter");
  await keys.expectFocus("textbox", /Name/);
  await keys.type("b.txt");
  await keys.press("Enter");
  await keys.expectFocus("treeitem", /b\.txt/);
  await expect(files.panel.getByRole("textbox", { name: "b.txt, text" })).toBeVisible();
});
