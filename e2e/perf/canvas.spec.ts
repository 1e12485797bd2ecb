import { writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import AxeBuilder from "@axe-core/playwright";
import type { BerthClient } from "@berth/client";
import type { Page } from "@playwright/test";
import { test as base, expect } from "../fixtures/test.ts";
import { CanvasPage } from "../pages/canvas-page.ts";
import { recordFrames, smallestText, stopFrames, watchFirstNode } from "./in-page.ts";

// Measures without asserting targets, because the numbers depend on the machine. `pnpm bench canvas` stores them.

const COLUMN = 304;
const ROW = 156;
const TEAM = 10;
const CONCURRENCY = 8;
const LOADS = 5;

const numbers: Record<string, number | number[]> = {};

/** Signs in by header: a new link would restart the API, which clears the memory backend. */
const test = base.extend({
  canvas: async ({ page, berth }, use) => {
    await page.setExtraHTTPHeaders({ authorization: `Bearer ${await berth.api.ownerToken()}` });
    await use(new CanvasPage(page));
  },
});

test.describe.configure({ mode: "serial" });

test("6 workspaces: requests during a drag", async ({ berth, canvas, page }) => {
  await berth.reset();
  await seedWorkspaces(berth.client, 6);
  await page.goto(berth.api.url);
  await canvas.map.fit();
  const ids = await idsOf(berth.client);
  // The viewport is saved a second after the fit; that request is not part of the drag.
  await delay(page, 2_000);
  const requests = countRequests(page);
  const at = await canvas.map.center(ids[0] ?? "");
  await page.mouse.move(at.x, at.y);
  await page.mouse.down();
  for (let step = 1; step <= 20; step++) await page.mouse.move(at.x + step * 4, at.y + step * 12);
  await page.mouse.up();
  // All requests of a drag are sent within two seconds.
  await delay(page, 2_000);
  numbers["drag of 20 moves, 6 nodes: requests"] = requests.api();
});

test("300 workspaces: first load, DOM size and drag", async ({ berth, canvas, page }) => {
  await seedWorkspaces(berth.client, 300);
  const firstNodes: number[] = [];
  await page.addInitScript(watchFirstNode);
  for (let load = 0; load < LOADS; load++) {
    await page.goto(berth.api.url);
    firstNodes.push(await firstNodeAt(page));
  }
  numbers["first node on screen, 300 nodes: ms"] = firstNodes;

  const requests = countRequests(page);
  const scripts = sizeScripts(page);
  await page.reload();
  await firstNodeAt(page);
  await delay(page, 5_000);
  numbers["first 5 s, 300 nodes: requests"] = requests.api();
  numbers["first 5 s, 300 nodes: requests for code, style and fonts"] = requests.other();
  numbers["first-load JavaScript: bytes, gzip"] = await scripts();

  await canvas.map.fit();
  numbers["300 nodes: DOM elements"] = await page.locator("*").count();
  numbers["300 nodes: cards drawn"] = await page.locator(".react-flow__node").count();
  await page.evaluate(recordFrames);
  await dragInCurves(page, await visibleCard(page));
  numbers["drag, 300 nodes: frame ms"] = await page.evaluate(stopFrames);
});

test("1,000 workspaces: pan, zoom and list scrolling", async ({ berth, canvas, page }) => {
  await seedWorkspaces(berth.client, 1_000);
  await page.goto(berth.api.url);
  await canvas.map.fit();
  numbers["1,000 nodes: cards drawn"] = await page.locator(".react-flow__node").count();
  await page.evaluate(recordFrames);
  await dragInCurves(page, await emptyMapPoint(page));
  numbers["pan, 1,000 nodes: frame ms"] = await page.evaluate(stopFrames);

  const zoomOut = page.getByRole("button", { name: "Zoom Out" });
  while (await zoomOut.isEnabled()) await zoomOut.click();
  numbers["1,000 nodes, all in view: cards drawn"] = await page.locator(".react-flow__node").count();
  await page.evaluate(recordFrames);
  await dragInCurves(page, { x: 120, y: 120 });
  numbers["pan, 1,000 nodes all in view: frame ms"] = await page.evaluate(stopFrames);

  await page.getByTestId("nav-home").click();
  await canvas.list.names.first().waitFor();
  numbers["list of 1,000: DOM elements"] = await page.locator("*").count();
  await page.evaluate(recordFrames);
  await canvas.list.table.hover();
  for (let step = 0; step < 60; step++) await page.mouse.wheel(0, 600);
  numbers["list of 1,000, scrolling: frame ms"] = await page.evaluate(stopFrames);
});

test("1,000 workspaces: text size and accessibility", async ({ berth, page, canvas }) => {
  await page.goto(berth.api.url);
  const sizes: number[] = [];
  let serious = 0;
  for (const view of ["nav-map", "nav-home", "nav-saved", "nav-settings"]) {
    await page.getByTestId(view).click();
    await expect(page.getByRole("main").getByRole("heading").first()).toBeVisible();
    sizes.push(await page.evaluate(smallestText));
    const { violations } = await new AxeBuilder({ page }).analyze();
    serious += violations.filter(({ impact }) => impact === "serious" || impact === "critical").length;
  }
  await canvas.palette.open();
  sizes.push(await page.evaluate(smallestText));
  numbers["smallest text: px"] = Math.min(...sizes);
  numbers["axe findings, serious or worse"] = serious;
});

test.afterAll(async ({ berth }) => {
  const file = process.env.BERTH_PERF;
  if (file) await writeFile(file, JSON.stringify(numbers, null, 1));
  await berth.reset();
});

/**
 * Creates workspaces in teams of ten until there are `total`. Call it without an open page, which would refetch for each
 * one.
 */
async function seedWorkspaces(client: BerthClient, total: number): Promise<void> {
  const present = (await idsOf(client)).length;
  let lead: string | null = null;
  const create = async (at: number, parentId: string | null) => {
    const position = { x: (at % 25) * COLUMN, y: Math.floor(at / 25) * ROW };
    const { workspace } = await client.workspaces.create.mutate({
      name: `workspace ${at + 1}`,
      role: "Reads papers and keeps notes",
      position,
      compute: { backend: "memory" },
      ...(parentId === null ? {} : { parentId }),
    });
    return workspace.id;
  };
  for (let at = present; at < total; at += TEAM) {
    lead = await create(at, null);
    const members = Array.from({ length: Math.min(TEAM, total - at) - 1 }, (_, member) => at + member + 1);
    while (members.length > 0) {
      await Promise.all(members.splice(0, CONCURRENCY).map((member) => create(member, lead)));
    }
  }
  await expect
    .poll(
      async () => (await client.canvas.snapshot.query({})).nodes.filter((node) => node.status === "online").length,
      {
        timeout: 300_000,
      },
    )
    .toBe(total);
}

const idsOf = async (client: BerthClient): Promise<string[]> =>
  (await client.canvas.snapshot.query({})).nodes.map(({ id }) => id);

/** A fixed delay, measured by the page's clock. */
const delay = (page: Page, milliseconds: number): Promise<void> =>
  page.evaluate((length) => new Promise<void>((resolve) => setTimeout(resolve, length)), milliseconds);

async function firstNodeAt(page: Page): Promise<number> {
  const handle = await page.waitForFunction(() => window.firstNodeAt);
  return (await handle.jsonValue()) ?? Number.NaN;
}

function countRequests(page: Page) {
  let api = 0;
  let other = 0;
  page.on("request", (request) => {
    if (/\/(trpc|files|session)\b/.test(new URL(request.url()).pathname)) api++;
    else other++;
  });
  return { api: () => api, other: () => other };
}

/** The size of the code the page loaded, as served with compression. */
function sizeScripts(page: Page): () => Promise<number> {
  const bodies: Promise<Buffer>[] = [];
  page.on("response", (response) => {
    if (new URL(response.url()).pathname.endsWith(".js")) bodies.push(response.body());
  });
  return async () => (await Promise.all(bodies)).reduce((sum, body) => sum + gzipSync(body).length, 0);
}

async function visibleCard(page: Page): Promise<{ x: number; y: number }> {
  const box = await page.locator(".react-flow__node").nth(20).boundingBox();
  if (!box) throw new Error("No card is in view.");
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** The gap to the left of a card: a drag that starts there pans the map. */
async function emptyMapPoint(page: Page): Promise<{ x: number; y: number }> {
  const box = await page.locator(".react-flow__node").nth(20).boundingBox();
  if (!box) throw new Error("No card is in view.");
  return { x: box.x - 8, y: box.y + box.height / 2 };
}

/** Drags along a curve for four seconds. */
async function dragInCurves(page: Page, from: { x: number; y: number }): Promise<void> {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  const endsAt = Date.now() + 4_000;
  for (let step = 0; Date.now() < endsAt; step++) {
    await page.mouse.move(from.x + 220 * Math.sin(step / 12), from.y + 160 * (1 - Math.cos(step / 9)));
  }
  await page.mouse.up();
}
