import { createHash, randomBytes } from "node:crypto";
import { expect, test } from "../fixtures/test.ts";
import { BACKENDS_UNDER_TEST } from "../persistence/backends-under-test.ts";

// The core promise, end to end: files survive a replaced machine, and are gone from the engine after a delete with erase.
for (const { backend, skipped } of BACKENDS_UNDER_TEST) {
  test(`files survive a restart and are erased only on request on ${backend}`, async ({ canvas, berth, page }) => {
    test.skip(skipped !== null, skipped ?? "");
    const name = `main-job-${backend}`;
    const binary = randomBytes(3_000_000);

    await canvas.createWorkspace({ name, backend });
    // The first container on an engine waits until Node and the daemon are copied to it.
    await expect(page.locator("#panel-details")).toContainText("Intact", { timeout: 60_000 });
    const { items } = await berth.client.workspaces.list.query({ search: name });
    const workspace = items.find((item) => item.name === name);
    if (!workspace?.volume) throw new Error("The workspace has no volume.");
    const { id, volume } = workspace;
    await expect(canvas.node(id)).toContainText("Online");

    await canvas.openTab("files");
    await canvas.files.upload([{ name: "photo.bin", mimeType: "application/octet-stream", buffer: binary }]);
    await expect(canvas.files.entry("photo.bin")).toBeVisible();
    await canvas.files.upload([{ name: "notes.md", mimeType: "text/markdown", buffer: Buffer.from("# First\n") }]);
    await canvas.files.open("notes.md");
    await expect(canvas.files.editor).toContainText("# First");
    await canvas.files.edit("# Kept across machines\n");
    await expect(page.getByText(/saved/i).first()).toBeVisible();
    await expect.poll(() => berth.read(id, "notes.md")).toBe("# Kept across machines\n");

    const [previousMachine] = await berth.inspector(backend).machines(id);
    await canvas.restart();
    await expect
      .poll(async () => {
        const { generation, status } = await berth.client.workspaces.get.query({ id });
        return { generation, status };
      })
      .toEqual({ generation: 2, status: "online" });
    await expect(canvas.node(id)).toContainText("Online");
    const machines = await berth.inspector(backend).machines(id);
    expect(machines).toHaveLength(1);
    expect(machines[0]).not.toBe(previousMachine);

    // A reload restores the workspace and its open file.
    await page.reload();
    await canvas.openTab("files");
    await expect(canvas.files.editor).toContainText("# Kept across machines");
    const tree = await berth.inspector(backend).workspaceTree(volume.id);
    expect(tree?.get("photo.bin")).toContain(createHash("sha256").update(binary).digest("hex"));

    expect(await berth.inspector(backend).volumePaths(volume.id)).not.toHaveLength(0);
    await canvas.deleteWorkspace(name, { eraseData: true });
    await expect(canvas.node(id)).toBeHidden();
    await expect.poll(() => berth.inspector(backend).volumePaths(volume.id)).toHaveLength(0);
    expect(await berth.inspector(backend).machines(id)).toHaveLength(0);

    await page.getByRole("navigation").getByRole("button", { name: "Saved data" }).click();
    await page.getByRole("button", { name: `Receipt for ${name}` }).click();
    await expect(page.getByRole("dialog", { name: `Erase receipt for ${name}` })).toContainText(volume.id);
  });
}
