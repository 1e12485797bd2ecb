import { seed } from "../fixtures/seed.ts";
import { expect, test } from "../fixtures/test.ts";

test.beforeEach(async ({ canvas }) => {
  await canvas.page.getByTestId("nav-settings").click();
  await expect(canvas.page.getByRole("heading", { name: "Settings" })).toBeVisible();
});

test("the selected theme survives a reload", async ({ page, canvas: _canvas }) => {
  const html = page.locator("html");
  await page.getByRole("radio", { name: "Dark" }).check();
  await expect(html).toHaveAttribute("data-theme", "dark");
  await page.reload();
  await expect(html).toHaveAttribute("data-theme", "dark");
  await expect(page.getByRole("radio", { name: "Dark" })).toBeChecked();
  await page.getByRole("radio", { name: "Light" }).check();
  await expect(html).toHaveAttribute("data-theme", "light");
  await page.getByRole("radio", { name: "System" }).check();
});

test("Settings shows backend health and capabilities, the retention time and the version", async ({
  page,
  berth,
  canvas: _canvas,
}) => {
  const { backends, graceHours, version } = await berth.client.system.info.query({});
  const section = page.getByRole("region", { name: "Backends" });
  await expect(section.getByRole("heading", { level: 3 })).toHaveCount(backends.length);
  const memory = section.getByRole("listitem").filter({ has: page.getByRole("heading", { name: "Memory" }) });
  await expect(memory).toContainText("Healthy");
  await expect(memory.getByRole("list", { name: "Capabilities of Memory" })).toContainText("Pause and resume");
  await expect(page.getByRole("region", { name: "Saved data" })).toContainText(`${graceHours} hours`);
  await expect(page.getByRole("region", { name: "About" })).toContainText(version);
});

test("a token secret is shown once, authenticates, and is rejected after the token is revoked", async ({
  page,
  berth,
  canvas: _canvas,
}) => {
  const tokens = page.getByRole("region", { name: "Tokens" });
  await tokens.getByRole("button", { name: "New token" }).click();
  const dialog = page.getByRole("dialog", { name: "New token" });
  await dialog.getByRole("button", { name: "Create" }).click();
  await expect(dialog).toContainText("A token needs a name.");
  await dialog.getByLabel("Name").fill("nightly script");
  await dialog.getByRole("button", { name: "Create" }).click();

  const secretDialog = page.getByRole("alertdialog", { name: "Secret of nightly script" });
  const secret = (await secretDialog.getByTestId("token-secret").textContent()) ?? "";
  expect(secret).toMatch(/^brt_org_/);
  const listWorkspaces = () =>
    page.request.get(`${berth.api.url}/trpc/workspaces.list`, { headers: { authorization: `Bearer ${secret}` } });
  expect((await listWorkspaces()).status()).toBe(200);
  await test.step("Escape asks for confirmation, and Cancel returns to the secret", async () => {
    await page.keyboard.press("Escape");
    const confirmation = page.getByRole("alertdialog", { name: /^Close without copying the secret of/ });
    await expect(confirmation.getByRole("button", { name: "Cancel" })).toBeFocused();
    await page.keyboard.press("Enter");
    await expect(secretDialog.getByTestId("token-secret")).toHaveText(secret);
  });
  await secretDialog.getByRole("button", { name: "I have copied it" }).click();
  await expect(page.getByText(secret)).toHaveCount(0);
  await page.reload();
  await expect(tokens.getByText("nightly script")).toBeVisible();
  await expect(page.getByText(secret)).toHaveCount(0);

  await tokens.getByRole("button", { name: "Revoke nightly script" }).click();
  const confirmation = page.getByRole("alertdialog", { name: "Revoke nightly script?" });
  await expect(confirmation.getByRole("button", { name: "Cancel" })).toBeFocused();
  await confirmation.getByRole("button", { name: "Revoke" }).click();
  await expect(confirmation).toBeHidden();
  await expect(tokens.getByText("nightly script")).toHaveCount(0);
  expect((await listWorkspaces()).status()).toBe(401);
});

test("a workspace token shows its workspace, and a token created by another client appears live", async ({
  page,
  berth,
  canvas: _canvas,
}) => {
  const ids = await seed(berth.client, [{ name: "token-holder" }]);
  await page.getByRole("button", { name: "New token" }).click();
  const dialog = page.getByRole("dialog", { name: "New token" });
  await dialog.getByLabel("Name").fill("its agent");
  await dialog.getByRole("radio", { name: "Workspace" }).check();
  await dialog.getByRole("combobox", { name: "Workspace" }).selectOption({ label: "token-holder" });
  await dialog.getByRole("button", { name: "Create" }).click();
  await expect(page.getByTestId("token-secret")).toContainText("brt_ws_");
  await page.getByRole("button", { name: "I have copied it" }).click();
  await expect(page.getByText("Workspace: token-holder")).toBeVisible();

  await berth.client.tokens.create.mutate({ kind: "org", name: "made elsewhere" });
  await expect(page.getByText("made elsewhere")).toBeVisible();
  expect(Object.keys(ids)).toHaveLength(1);
});

test("signing out shows the sign-in page", async ({ page, canvas: _canvas }) => {
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Sign in to Berth" })).toBeVisible();
});
