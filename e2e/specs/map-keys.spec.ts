import type { Locator, Page } from "@playwright/test";
import { idOf, seed } from "../fixtures/seed.ts";
import { expect, test } from "../fixtures/test.ts";

// The map by keyboard and by screen reader.

const positionOf = async (client: import("@berth/client").BerthClient, id: string) =>
  (await client.workspaces.get.query({ id })).position;

const announcement = (page: Page, text: string): Locator => page.getByRole("status").filter({ hasText: text });

test("a card's accessible description lists only the keys that work on it", async ({ canvas, berth, page }) => {
  const ids = await seed(berth.client, [{ name: "draco" }]);
  const card = canvas.map.card(idOf(ids, "draco"));
  await expect(card).toHaveAccessibleDescription(/^Enter opens it, arrows move it/);
  await expect(card).not.toHaveAccessibleDescription(/remove/);
  await card.focus();
  await page.keyboard.press("ArrowRight");
  await expect(announcement(page, "draco moved 5 right.")).toBeAttached();
  await expect(page.locator("[aria-live=assertive]").filter({ hasText: /\S/ })).toHaveCount(0);
});

test("arrow keys move a lead with its team, and a member snaps back if the frame would cover another card", async ({
  canvas,
  berth,
  page,
}) => {
  const ids = await seed(berth.client, [
    { name: "lead" },
    { name: "member", parent: "lead", y: 200 },
    { name: "unrelated", x: 340, y: 200 },
  ]);
  const [lead, member] = [idOf(ids, "lead"), idOf(ids, "member")];
  await canvas.map.fit(3);
  await canvas.map.card(lead).focus();
  await page.keyboard.press("Shift+ArrowUp");
  await page.keyboard.press("ArrowLeft");
  await expect.poll(() => positionOf(berth.client, lead)).toEqual({ x: -5, y: -20 });
  expect(await positionOf(berth.client, member)).toEqual({ x: -5, y: 180 });

  // The member moves right alone, but snaps back on save, because the frame must end before the unrelated card.
  await canvas.map.card(member).focus();
  await page.keyboard.press("ArrowDown");
  for (let step = 0; step < 4; step++) await page.keyboard.press("Shift+ArrowRight");
  await expect(announcement(page, "member moved")).toBeAttached();
  await expect.poll(async () => (await positionOf(berth.client, member)).x).toBe(-5);
  const frame = await canvas.map.boxOf(canvas.map.frame(lead));
  const unrelated = await canvas.map.boxOf(canvas.map.card(idOf(ids, "unrelated")));
  expect(frame.x + frame.width).toBeLessThanOrEqual(unrelated.x);
});

test("a card moved past the edge of the window keeps focus and stays in view", async ({ canvas, berth, page }) => {
  const ids = await seed(berth.client, [{ name: "wanderer" }, { name: "stays", x: 400 }]);
  const wanderer = canvas.map.card(idOf(ids, "wanderer"));
  await canvas.map.fit(2);
  await wanderer.focus();
  for (let step = 0; step < 60; step++) await page.keyboard.press("Shift+ArrowLeft");
  await expect(wanderer).toBeFocused();
  await expect(wanderer).toBeInViewport({ ratio: 1 });
  await expect.poll(async () => (await positionOf(berth.client, idOf(ids, "wanderer"))).x).toBe(-1200);
});

test("Ctrl+Z right after an arrow key undoes that move, and a reload right after one keeps it", async ({
  canvas,
  berth,
  page,
}) => {
  const ids = await seed(berth.client, [{ name: "first" }, { name: "second", x: 400 }]);
  const [first, second] = [idOf(ids, "first"), idOf(ids, "second")];
  await canvas.map.fit(2);
  await canvas.map.card(first).focus();
  await page.keyboard.press("ArrowDown");
  await expect.poll(() => positionOf(berth.client, first)).toEqual({ x: 0, y: 5 });

  await canvas.map.card(second).focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Control+z");
  await expect(page.getByText("Undone: move of second.")).toBeVisible();
  expect(await positionOf(berth.client, first)).toEqual({ x: 0, y: 5 });
  expect(await positionOf(berth.client, second)).toEqual({ x: 400, y: 0 });

  await canvas.map.card(second).focus();
  await page.keyboard.press("ArrowUp");
  await page.reload();
  await expect.poll(() => positionOf(berth.client, second)).toEqual({ x: 400, y: -5 });
});

test("cards selected by keyboard are announced and marked, and Escape clears the selection", async ({
  canvas,
  berth,
  page,
}) => {
  const ids = await seed(berth.client, [
    { name: "atlas" },
    { name: "draco", x: 400 },
    { name: "lyra", x: 800 },
    { name: "member", parent: "atlas", y: 250 },
  ]);
  await canvas.map.fit(4);
  for (const [at, name] of ["atlas", "draco", "lyra"].entries()) {
    await canvas.map.card(idOf(ids, name)).focus();
    await page.keyboard.press("x");
    await expect(announcement(page, `${name} selected, ${at + 1} in total`)).toBeAttached();
  }
  await expect(page.getByRole("button", { name: /^draco .*Selected/ })).toBeVisible();
  await expect(canvas.map.card(idOf(ids, "atlas"))).toContainText("Selected");
  await expect(canvas.map.card(idOf(ids, "member"))).not.toContainText("Selected");
  await expect(canvas.list.selectionBar).toContainText("3");
  await page.keyboard.press("Escape");
  await expect(announcement(page, "Nothing selected")).toBeAttached();
  await expect(canvas.list.selectionBar).toBeHidden();
  await expect(canvas.map.card(idOf(ids, "lyra"))).toBeFocused();

  await canvas.map.pickMenuItem(idOf(ids, "atlas"), "Hide team");
  await expect(announcement(page, "The team of atlas is hidden")).toBeAttached();
});

test("every action offered for a slow start has a shortcut", async ({ canvas, berth, page }) => {
  const ids = await seed(berth.client, [{ name: "slow" }]);
  const slow = idOf(ids, "slow");
  // Simulates a start an hour ago; the request does not reach the server.
  await page.route("**/trpc/canvas.snapshot*", async (route) => {
    const response = await route.fetch();
    const body = (await response.json()) as {
      result: { data: { nodes: Record<string, unknown>[]; serverTime: string } };
    };
    const { nodes, serverTime } = body.result.data;
    const provisioningStartedAt = new Date(Date.parse(serverTime) - 3_600_000).toISOString();
    for (const node of nodes) Object.assign(node, { status: "provisioning", provisioningStartedAt });
    await route.fulfill({ response, json: body });
  });
  await page.route("**/trpc/workspaces.hibernate*", (route) => route.fulfill({ status: 503, body: "{}" }));
  await page.reload();
  const card = canvas.map.card(slow);
  await expect(card).toContainText("RetryCancelLogs");
  await card.focus();
  const request = page.waitForRequest(/workspaces\.hibernate/);
  await page.keyboard.press("Shift+N");
  expect((await request).postDataJSON()).toMatchObject({ id: slow, force: true });
  await card.focus();
  await page.keyboard.press("l");
  await expect(page).toHaveURL(new RegExp(`w=${slow}`));
  await expect(page.locator("#panel-details")).toBeVisible();
});
