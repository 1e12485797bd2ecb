import { idOf, seed } from "../fixtures/seed.ts";
import { expect, test } from "../fixtures/test.ts";

test("a viewport set by buttons, keys or the minimap is restored after a reload", async ({ canvas, berth, page }) => {
  const ids = await seed(berth.client, [
    { name: "lead" },
    { name: "member", parent: "lead", y: 250 },
    { name: "far", x: 1500, y: 900 },
  ]);
  const viewport = async () => (await berth.client.canvas.snapshot.query({})).viewport;
  const saves: string[] = [];
  page.on("response", (response) => {
    if (response.url().includes("canvas.saveViewport")) saves.push(response.url());
  });
  const waitForSave = async (action: () => Promise<void>) => {
    const before = saves.length;
    await action();
    await expect.poll(() => saves.length).toBeGreaterThan(before);
  };
  await expect(canvas.map.card(idOf(ids, "lead"))).toBeVisible();
  expect(saves, "the automatic initial fit is not saved").toEqual([]);

  await waitForSave(() => canvas.map.fit(3));
  const fitted = await viewport();
  await waitForSave(() => page.getByRole("button", { name: "Zoom In" }).click());
  const zoomed = await viewport();
  expect(zoomed?.zoom).toBeGreaterThan(fitted?.zoom ?? 0);

  await canvas.map.card(idOf(ids, "lead")).focus();
  await waitForSave(() => page.keyboard.press("z"));
  const atTeam = await viewport();

  const minimap = await canvas.map.boxOf(page.locator(".react-flow__minimap"));
  await waitForSave(async () => {
    await page.mouse.move(minimap.x + 90, minimap.y + 60);
    await page.mouse.down();
    await page.mouse.move(minimap.x + 110, minimap.y + 80, { steps: 4 });
    await page.mouse.up();
  });
  const dragged = await viewport();
  expect(dragged).not.toEqual(atTeam);

  // A reload before the debounced save also keeps it.
  await page.getByRole("button", { name: "Zoom Out" }).click();
  const viewportStyle = () => page.locator(".react-flow__viewport").getAttribute("style");
  await canvas.map.waitUntilStill();
  const before = await viewportStyle();
  await page.reload();
  await expect(page.locator(".react-flow__node").first()).toBeAttached();
  await expect.poll(viewportStyle).toBe(before);
});

test("a saved viewport that shows no card is discarded, and the map shows the existing cards", async ({
  canvas,
  berth,
  page,
}) => {
  const ids = await seed(berth.client, [{ name: "here" }]);
  await expect(canvas.map.card(idOf(ids, "here"))).toBeVisible();
  await berth.client.canvas.saveViewport.mutate({ x: -90_000, y: -90_000, zoom: 1 });
  await page.reload();
  await expect(canvas.map.card(idOf(ids, "here"))).toBeInViewport();
});

test("Fit View places no card under the minimap", async ({ canvas, berth, page }) => {
  const workspaces = Array.from({ length: 20 }, (_, at) => ({
    name: `card-${at}`,
    x: (at % 5) * 304,
    y: Math.floor(at / 5) * 156,
  }));
  const ids = await seed(berth.client, workspaces);
  await canvas.map.fit(20);
  const minimap = await canvas.map.boxOf(page.locator(".react-flow__minimap"));
  for (const name of ["card-19", "card-14", "card-18"]) {
    const card = await canvas.map.boxOf(canvas.map.card(idOf(ids, name)));
    const isCovered = card.x + card.width > minimap.x && card.y + card.height > minimap.y;
    expect(isCovered, `${name} is under the minimap`).toBe(false);
  }
});

test("Fit View shows two workspaces that are 6,000 px apart", async ({ canvas, berth }) => {
  const ids = await seed(berth.client, [{ name: "near" }, { name: "distant", x: 6000 }]);
  await canvas.map.fit(2);
  for (const name of ["near", "distant"])
    await expect(canvas.map.card(idOf(ids, name))).toBeInViewport({ ratio: 0.99 });
});

test("the first load shows workspaces that are near each other when another is far away", async ({
  berth,
  canvas,
  page,
}) => {
  const ids = await seed(berth.client, [
    { name: "distant", x: -6000, y: 3000 },
    { name: "near" },
    { name: "neighbor", x: 300 },
  ]);
  // Without a stored viewport, as on a first visit.
  await berth.client.canvas.saveViewport.mutate({ x: -90_000, y: -90_000, zoom: 1 });
  await page.reload();
  for (const name of ["near", "neighbor"])
    await expect(canvas.map.card(idOf(ids, name))).toBeInViewport({ ratio: 0.99 });
  await expect(canvas.map.card(idOf(ids, "near")).getByText("near")).toBeVisible();
  await expect(page.locator(".react-flow__minimap-node")).toHaveCount(3);
});
