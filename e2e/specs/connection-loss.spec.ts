import { setTimeout } from "node:timers/promises";
import type { BerthClient } from "@berth/client";
import type { Locator, Page } from "@playwright/test";
import { OutageProxy } from "../fixtures/outage-proxy.ts";
import { idOf, seed } from "../fixtures/seed.ts";
import { expect, test } from "../fixtures/test.ts";
import { ListView } from "../pages/list-view.ts";

// Another client makes changes while the browser is offline for a minute. Afterwards every page is up to date.

const OUTAGE_MS = 60_000;
/** Generous for slow machines, but shorter than users wait before they reload. */
const RECOVERED = { timeout: 15_000 };

test.beforeEach(({ berth }) => berth.reset());

test("open pages catch up after a minute offline without a reload or duplicates", async ({
  berth,
  page,
  context,
}, testInfo) => {
  test.setTimeout(240_000);
  const { client } = berth;
  await berth.signIn(page);
  await using network = await OutageProxy.open(berth.api.port);
  const id = await createWorkspaceWithFiles(client);
  const ids = await seed(client, [
    { name: "renamed", x: 360 },
    { name: "joins", x: 720 },
    { name: "paused", y: 200 },
    { name: "resumed", x: 360, y: 200 },
    { name: "deleted", x: 720, y: 200 },
    { name: "restored", y: 400 },
  ]);
  await client.workspaces.pause.mutate({ id: idOf(ids, "resumed") });
  await client.workspaces.delete.mutate({ id: idOf(ids, "restored"), confirmName: "restored" });
  await waitForOperations(client);

  const [list, files] = [await context.newPage(), await context.newPage()];
  await page.goto(`${network.url}/?w=${id}&tab=events`);
  await list.goto(`${network.url}/?view=home`);
  await files.goto(`${network.url}/?w=${id}&tab=files`);
  const pages = [page, list, files];
  await expect(page.locator("[data-workspace-id]")).toHaveCount(6);
  await expect(new ListView(list).names).toHaveCount(6);
  await files.getByRole("treeitem", { name: "open" }).click();
  await expect(files.getByRole("treeitem", { name: "before.txt" })).toBeVisible();
  await expect(events(page).getByRole("listitem").first()).toBeVisible();
  for (const each of pages) {
    await each.evaluate(() => Object.assign(window, { neverReloaded: true }));
    each.on("pageerror", (error) => expect.soft(error.message, "uncaught error on the page").toBe(""));
  }

  const outageEndsAt = Date.now() + OUTAGE_MS;
  await network.disconnect();
  await makeTenChanges(client, id, ids);
  for (const each of pages) await expect(banner(each)).toBeVisible();
  await expect(page.locator(`[data-workspace-id="${idOf(ids, "renamed")}"]`)).toContainText("renamed");
  // A fixed delay: the duration of the outage.
  await setTimeout(Math.max(0, outageEndsAt - Date.now()));
  for (const each of pages) await expect(banner(each)).toBeVisible();
  const reconnectedAt = performance.now();
  await network.reconnect();
  for (const each of pages) await expect(banner(each)).toBeHidden(RECOVERED);
  await testInfo.attach("recovered", { body: `${Math.round(performance.now() - reconnectedAt)} ms` });

  await expectMap(page, client);
  await expectList(list, client);
  await expect(files.getByRole("treeitem", { name: "while-away.txt" })).toHaveCount(1);
  await expect(files.getByRole("treeitem", { name: "before.txt" })).toHaveCount(1);
  await expectEvents(page, client, id);
  for (const each of pages) {
    expect(await each.evaluate(() => "neverReloaded" in window), "the page was not reloaded").toBe(true);
    await expect(each.locator('[role="alert"]:not(#__next-route-announcer__)').filter({ hasText: /\S/ })).toHaveCount(
      0,
    );
  }

  // Live updates work again.
  await client.workspaces.update.mutate({ id, name: "after all" });
  await expect(page.locator(`[data-workspace-id="${id}"]`)).toContainText("after all", RECOVERED);
  await expect(new ListView(list).row("after all")).toHaveCount(1);
});

const banner = (page: Page): Locator => page.getByRole("status").filter({ hasText: "Connection lost." });
const events = (page: Page): Locator => page.getByRole("list", { name: "Events, newest first" });

/** A workspace with files and a folder to browse. */
async function createWorkspaceWithFiles(client: BerthClient): Promise<string> {
  const { workspace } = await client.workspaces.create.mutate({ name: "watched", compute: { backend: "local" } });
  const { id } = workspace;
  await expect.poll(async () => (await client.workspaces.get.query({ id })).status).toBe("online");
  await write(client, id, "before.txt");
  return id;
}

const write = (client: BerthClient, workspaceId: string, name: string) =>
  client.files.write.mutate({ workspaceId, root: "/workspace", path: `open/${name}`, content: `${name}\n` });

async function makeTenChanges(client: BerthClient, id: string, ids: Record<string, string>): Promise<void> {
  const { workspaces } = client;
  await workspaces.create.mutate({ name: "new", compute: { backend: "memory" }, position: { x: 360, y: 400 } });
  await workspaces.update.mutate({ id: idOf(ids, "renamed"), name: "another name" });
  await workspaces.update.mutate({ id: idOf(ids, "joins"), parentId: id });
  await workspaces.pause.mutate({ id: idOf(ids, "paused") });
  await workspaces.resume.mutate({ id: idOf(ids, "resumed") });
  await workspaces.delete.mutate({ id: idOf(ids, "deleted"), confirmName: "deleted" });
  await workspaces.restore.mutate({ id: idOf(ids, "restored") });
  await write(client, id, "while-away.txt");
  await workspaces.configure.mutate({ id, compute: { memoryMb: 1024 } });
  await client.canvas.saveLayout.mutate({ positions: [{ id: idOf(ids, "paused"), x: 40, y: 640 }] });
  // More entries in this panel's lists, so that a missing row is detected.
  for (const role of ["one", "two", "three"]) await workspaces.update.mutate({ id, role });
  await waitForOperations(client);
}

/** Waits until no operation is queued or running. */
async function waitForOperations(client: BerthClient): Promise<void> {
  const openCount = async () => {
    const { items } = await client.operations.list.query({ limit: 100 });
    return items.filter(({ status }) => status === "queued" || status === "running").length;
  };
  await expect.poll(openCount).toBe(0);
}

async function expectMap(page: Page, client: BerthClient): Promise<void> {
  const { nodes } = await client.canvas.snapshot.query({});
  const expected = nodes.map(({ id, name, status }) => ({ id, status, hasName: true, name })).toSorted(byId);
  await page.getByRole("button", { name: "Fit View" }).click();
  await expect
    .poll(async () => {
      const cards = await page.locator("[data-workspace-id]").evaluateAll((all) =>
        all.map((card) => ({
          id: card.getAttribute("data-workspace-id") ?? "",
          status: card.getAttribute("data-status") ?? "",
          text: card.textContent,
        })),
      );
      return cards
        .map(({ id, status, text }) => {
          const name = nodes.find((node) => node.id === id)?.name ?? "";
          return { id, status, hasName: text.includes(name), name };
        })
        .toSorted(byId);
    }, RECOVERED)
    .toEqual(expected);
  const names = nodes.map(({ name }) => name).toSorted();
  expect(names).toEqual(["another name", "joins", "new", "paused", "restored", "resumed", "watched"]);
  const watched = page.locator(`[data-workspace-id="${nodes.find(({ name }) => name === "watched")?.id}"]`);
  // Zoomed out, a card shows only its marks.
  await expect(watched.getByLabel("Restart required")).toBeVisible();
  // A card moved by another client, relative to one that did not move.
  const positionOf = async (name: string) => {
    const card = page.locator(`.react-flow__node[data-id="${nodes.find((node) => node.name === name)?.id}"]`);
    return /translate\(([-\d.]+)px, ?([-\d.]+)px\)/
      .exec((await card.getAttribute("style")) ?? "")
      ?.slice(1)
      .map(Number);
  };
  await expect.poll(() => positionOf("paused")).toEqual([40, 640]);
}

async function expectList(page: Page, client: BerthClient): Promise<void> {
  const list = new ListView(page);
  const { items } = await client.workspaces.list.query({ limit: 100 });
  await expect
    .poll(async () => (await list.names.allTextContents()).toSorted(), RECOVERED)
    .toEqual(items.map(({ name }) => name).toSorted());
  await expect(list.row("watched")).toContainText("three");
  await expect(list.row("paused")).toContainText("Paused");
  await expect(list.row("resumed")).toContainText("Online");
  await expect(list.row("restored")).toContainText("Online");
}

/** Every event of this workspace is listed once, in order, from the last to the first. */
async function expectEvents(page: Page, client: BerthClient, workspaceId: string): Promise<void> {
  const { items } = await client.events.list.query({ workspaceId, limit: 100 });
  const expected = items.map(({ sequence }) => sequence).toSorted((a, b) => b - a);
  expect(expected.length).toBeGreaterThan(8);
  const list = events(page);
  await expect(list.getByRole("listitem").first()).toHaveAttribute("aria-posinset", "1");
  await expect(list.getByTitle(new RegExp(`sequence ${expected[0]}$`))).toBeVisible(RECOVERED);
  const sequences = new Map<number, number>();
  await list.hover();
  await expect(async () => {
    const lines = await list.getByRole("listitem").evaluateAll((all) =>
      all.map((line) => ({
        at: Number(line.getAttribute("aria-posinset")),
        sequence: Number(/sequence (\d+)/.exec(line.querySelector("p")?.title ?? "")?.[1]),
      })),
    );
    for (const { at, sequence } of lines) sequences.set(at, sequence);
    await page.mouse.wheel(0, 300);
    expect(sequences.size).toBeGreaterThanOrEqual(expected.length);
  }).toPass(RECOVERED);
  const inOrder = [...sequences].toSorted(([a], [b]) => a - b).map(([, sequence]) => sequence);
  expect(inOrder).toEqual(expected);
}

const byId = (one: { id: string }, other: { id: string }): number => one.id.localeCompare(other.id);
