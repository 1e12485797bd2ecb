import { randomUUID } from "node:crypto";
import type { BerthEvent, Operation } from "@berth/domain";
import type { Locator, Page } from "@playwright/test";
import { expect } from "@playwright/test";
import { collectConsoleErrors, collectFailedRequests } from "../fixtures/page-checks.ts";
import { CanvasPage } from "../pages/canvas-page.ts";
import { Panel } from "../pages/panel.ts";
import { TenantApiError } from "../staging/tenant-api.ts";
import { type TenantUnderTest, test } from "../staging/tenant-test.ts";

// Tests every tab on a local tenant and, as project `staging` with CANVAS_E2E_STAGING=1, on any running tenant
// (docs/testing.md). Leaves nothing in the workspace.

const FILE = `tabs-${randomUUID()}.txt`;
const TEXT = "What the tab of files shows.";

type ExpectContent = (scenario: TenantUnderTest & { page: Page; body: Locator }) => Promise<void>;

/** The content specific to each tab. A tab that is missing here fails the test. */
const CONTENT: Record<string, ExpectContent> = {
  async activity({ api, workspace, body }) {
    const { items } = await api.query<{ items: Operation[] }>("operations.list", {
      workspaceId: workspace.id,
      limit: 1,
    });
    await expect(body.getByRole("listitem").first().locator("summary")).toBeVisible();
    await expect(body.locator(`time[datetime="${items[0]?.createdAt}"]`).first()).toBeVisible();
  },
  async details({ workspace, body }) {
    await expect(body.getByText(workspace.id, { exact: true })).toBeVisible();
    await expect(body).toContainText(`generation ${workspace.generation}`);
    await expect(body.getByRole("button", { name: "Delete" })).toBeVisible();
  },
  async terminal({ page, body, workspace }) {
    if (workspace.backend === "memory") return await expect(body).toContainText("This backend has no terminals");
    const { terminal } = new CanvasPage(page);
    // A new terminal, so that nothing is typed into an existing session.
    await expect(body.getByRole("button", { name: "New terminal" })).toBeEnabled();
    const before = await body.getByRole("button", { name: /^Terminal \d+$/ }).count();
    await terminal.start();
    await expect(body.getByRole("button", { name: /^Terminal \d+$/ })).toHaveCount(before + 1);
    const number = Number((await body.locator("button[aria-current]").textContent())?.match(/\d+/)?.[0]);
    await expect(terminal.screen(number)).toContainText(/[#$%>]/);
    // The quotes distinguish the typed line from its output.
    await terminal.run(number, "echo ans''wered $((6 * 7))");
    await expect(terminal.screen(number)).toContainText("answered 42");
    await terminal.close(number);
    await expect(body.getByRole("button", { name: /^Terminal \d+$/ })).toHaveCount(before);
  },
  async config({ workspace, body }) {
    await expect(body.getByLabel("Name", { exact: true })).toHaveValue(workspace.name);
    await expect(body.getByLabel("Role", { exact: true })).toHaveValue(workspace.role ?? "");
  },
  async "container-config"({ workspace, body }) {
    const names = { auto: "Auto", persist: "Always keep", ephemeral: "Don’t keep" };
    const chosen = body.getByRole("group", { name: "Saved data" }).getByRole("radio", { checked: true });
    await expect(chosen).toHaveAccessibleName(new RegExp(`^${names[workspace.compute.dataPersistence]}`));
    await expect(body.getByLabel("CPUs")).toBeVisible();
  },
  async files({ page, body }) {
    const { files } = new CanvasPage(page);
    await files.open(FILE);
    await expect(files.editor).toContainText(TEXT);
    await body.getByRole("button", { name: "All files" }).click();
    await expect(files.entry(FILE)).toBeVisible();
  },
  async ports({ body }) {
    const list = body.getByRole("list", { name: "Ports", exact: true });
    await expect(list.or(body.getByRole("heading", { name: "No open ports" }))).toBeVisible();
  },
  async events({ api, workspace, body }) {
    const { items } = await api.query<{ items: BerthEvent[] }>("events.list", { workspaceId: workspace.id, limit: 1 });
    const list = body.getByRole("list", { name: "Events, newest first" });
    await expect(list.getByRole("listitem").first()).toBeVisible();
    await expect(list.locator(`time[datetime="${items[0]?.at}"]`).first()).toBeAttached();
  },
};

test("every tab opens by keyboard and by click, and shows its content", async ({ page, tenant }, testInfo) => {
  test.setTimeout(120_000);
  const { api, workspace } = tenant;
  const consoleErrors = collectConsoleErrors(page);
  const failures = collectFailedRequests(page);
  const terminals = collectOpenedTerminals(page);
  const file = `/files/${workspace.id}/workspace/${FILE}`;
  await api.request(file, { method: "PUT", body: TEXT });
  try {
    await tenant.authenticate(page);
    await page.goto(`${api.tenant.url}/?w=${workspace.id}`);
    await expect(page).toHaveTitle(/Berth/);
    await expect(page.locator('[aria-label="Berth workspace canvas"]')).toBeVisible();
    await expect(page.getByTestId("hydration-error")).toHaveCount(0);
    await expect(page.getByRole("heading", { name: workspace.name, exact: true })).toBeVisible();
    for (const view of ["nav-home", "nav-map"]) await page.getByTestId(view).click();
    if (workspace.parentId === null) {
      await page.getByRole("button", { name: "Fit View" }).click();
      await expect(page.locator(`[data-workspace-id="${workspace.id}"]`).first()).toBeAttached();
    }

    const panel = new Panel(page);
    const tabIds = await panel.declaredTabIds();
    expect(tabIds.length).toBeGreaterThan(0);
    expect(await panel.tabIds(), "rendered tabs match data-tabs").toEqual(tabIds);
    expect(await panel.panelIds(), "every tab has a panel").toEqual(tabIds);
    expect(Object.keys(CONTENT).toSorted(), "CONTENT covers every tab").toEqual(tabIds.toSorted());

    const expectContent = async (id: string) => {
      await panel.expectOpen(id);
      await CONTENT[id]?.({ ...tenant, page, body: panel.tabpanel(id) });
      await panel.expectOpen(id);
    };
    const [first = "", last = ""] = [tabIds[0], tabIds.at(-1)];
    await panel.tab(first).focus();
    await page.keyboard.press("Enter");
    for (const [at, id] of tabIds.entries()) {
      await test.step(`${id}, by keyboard`, async () => {
        if (at > 0) await panel.tab(tabIds[at - 1] ?? "").focus();
        if (at > 0) await page.keyboard.press("ArrowRight");
        await expect(panel.tab(id)).toBeFocused();
        await expectContent(id);
        const path = testInfo.outputPath(`tab-${id}.png`);
        await page.screenshot({ path });
        await testInfo.attach(`tab-${id}`, { path, contentType: "image/png" });
      });
    }
    await panel.tab(last).focus();
    for (const [key, id] of [
      ["ArrowRight", first],
      ["ArrowLeft", last],
      ["Home", first],
      ["End", last],
    ] as const) {
      await page.keyboard.press(key);
      await expect(panel.tab(id)).toBeFocused();
      await panel.expectOpen(id);
    }
    for (const key of ["Enter", "Space"]) {
      for (const id of tabIds) {
        await panel.tab(id).focus();
        await page.keyboard.press(key);
        await panel.expectOpen(id);
      }
    }
    for (const id of tabIds) {
      await test.step(`${id}, by click`, async () => {
        await panel.tab(id).click();
        await expectContent(id);
      });
    }
    expect(consoleErrors).toEqual([]);
    expect(failures).toEqual([]);
  } finally {
    const workspaceId = workspace.id;
    await api.mutate("files.delete", { workspaceId, root: "/workspace", path: FILE });
    for (const terminalId of await Promise.all(terminals)) {
      await api.mutate("terminals.close", { workspaceId, terminalId }).catch(ignoreNotFound);
    }
  }
});

/** The terminals that this page opened; the tab opens the first one automatically. */
function collectOpenedTerminals(page: Page): Promise<string>[] {
  const opened: Promise<string>[] = [];
  page.on("response", (response) => {
    if (!response.url().endsWith("/trpc/terminals.create") || !response.ok()) return;
    opened.push(response.json().then(({ result }) => result.data.id));
  });
  return opened;
}

function ignoreNotFound(error: unknown): void {
  if (!(error instanceof TenantApiError && error.status === 404)) throw error;
}
