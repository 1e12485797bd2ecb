import { idOf, seed } from "../fixtures/seed.ts";
import { expect, test } from "../fixtures/test.ts";
import { Keyboard } from "../pages/keyboard.ts";

// The lifecycle of a workspace, from creation to erase receipt, by keyboard alone.
test("can create, move, edit, restart and erase a workspace by keyboard alone", async ({
  canvas: _signedIn,
  berth,
  page,
}) => {
  test.setTimeout(180_000);
  const team = idOf(await seed(berth.client, [{ name: "team" }]), "team");
  const keys = new Keyboard(page);
  const name = "by-keys";
  const findWorkspace = async () => (await berth.client.workspaces.list.query({ search: name })).items[0];

  await test.step("create a workspace", async () => {
    await keys.tabTo("button", "New workspace");
    await keys.press("Enter");
    await keys.expectFocus("button", "Cancel");
    await keys.tabTo("textbox", "Name");
    await keys.type(name);
    await keys.tabTo("combobox", "Backend");
    await keys.type("Memory");
    await keys.tabTo("button", "Create");
    await keys.press("Enter");
    await keys.expectFocus("button", "New workspace");
    await expect.poll(async () => (await findWorkspace())?.status).toBe("online");
  });
  const { id, volume } = (await findWorkspace()) ?? {};
  if (!id || !volume) throw new Error("The workspace was not created.");

  await test.step("move it to a team", async () => {
    await keys.tabTo("button", new RegExp(`${name} `));
    await keys.press("Shift+F10");
    // The menu loads on first use; an arrow key before that would move the card.
    await expect(page.getByRole("menu")).toBeVisible();
    await keys.arrowTo("ArrowDown", "menuitem", "Move to…");
    await keys.press("Enter");
    await keys.expectFocus("combobox", "Team");
    await keys.type("team");
    await keys.press("ArrowDown", "ArrowUp", "Enter");
    await expect.poll(async () => (await findWorkspace())?.parentId).toBe(team);
    await keys.expectFocus("button", new RegExp(`${name} `));
  });

  await test.step("create, edit, review and save a file", async () => {
    await keys.press("Enter");
    await keys.expectFocus("heading", name);
    await keys.tabTo("tab", "Details");
    await keys.arrowTo("ArrowRight", "tab", "Files");
    await keys.tabTo("button", "New file in /workspace");
    await keys.press("Enter");
    await keys.expectFocus("textbox", /Name/);
    await keys.type("plan.md");
    await keys.press("Enter");
    await expect(page).toHaveURL(/file=%2Fplan\.md/);
    await keys.expectFocusKept("the new file");
    await keys.tabTo("textbox", "plan.md, text");
    await keys.type("# Plan");
    // Tab indents in the editor; Escape first lets Tab leave.
    await keys.press("Escape", "Shift+Tab");
    await keys.shiftTabTo("button", "Review changes");
    await keys.press("Enter");
    await keys.expectFocus("button", "Keep editing");
    await keys.tabTo("button", "Save");
    await keys.press("Enter");
    await expect.poll(() => berth.read(id, "plan.md")).toBe("# Plan");
    await keys.expectFocus("textbox", "plan.md, text");
  });

  await test.step("reopen the file from the tree", async () => {
    await keys.press("Escape");
    await keys.shiftTabTo("button", "All files");
    await keys.press("Enter");
    await keys.tabTo("treeitem", /plan\.md/);
    await keys.press("Enter");
    await expect(page).toHaveURL(/file=%2Fplan\.md/);
    await keys.expectFocusKept("the opened file");
  });

  await test.step("restart the workspace", async () => {
    await keys.shiftTabTo("tab", "Files");
    await keys.arrowTo("ArrowLeft", "tab", "Details");
    await keys.tabTo("button", "Restart");
    await keys.press("Enter");
    await expect.poll(async () => (await findWorkspace())?.generation).toBe(2);
    await expect.poll(async () => (await findWorkspace())?.status).toBe("online");
    await keys.expectFocusKept("after the restart");
    expect(await berth.read(id, "plan.md")).toBe("# Plan");
  });

  await test.step("delete the workspace and erase its data", async () => {
    await keys.tabTo("button", "Delete");
    await keys.press("Enter");
    await keys.expectFocus("button", "Cancel");
    await keys.tabTo("checkbox", "Also erase saved data");
    await keys.press("Space");
    await keys.tabTo("textbox", `Type ${name} to confirm`);
    await keys.type(name);
    await keys.tabTo("button", "Delete and erase data");
    await keys.press("Enter");
    await expect.poll(async () => (await berth.client.volumes.get.query({ id: volume.id })).state).toBe("erased");
    await keys.expectFocusKept("after the delete");
  });

  await test.step("view the erase receipt", async () => {
    await keys.tabTo("button", "Saved data");
    await keys.press("Enter");
    await keys.tabTo("button", `Receipt for ${name}`);
    await keys.press("Enter");
    const receipt = page.getByRole("dialog", { name: `Erase receipt for ${name}` });
    await expect(receipt).toContainText(volume.id);
    await expect(receipt).toContainText("The owner, ");
    await keys.expectFocus("button", "Close");
    await keys.press("Escape");
    await expect(receipt).toBeHidden();
    await keys.expectFocus("button", `Receipt for ${name}`);
  });
});
