import { idOf, seed } from "../fixtures/seed.ts";
import { expect, test } from "../fixtures/test.ts";

const parentOf = async (client: import("@berth/client").BerthClient, id: string) =>
  (await client.workspaces.get.query({ id })).parentId;

test("dropping a lead on another card moves its whole team, and Ctrl+Z undoes the move", async ({
  canvas,
  berth,
  page,
}) => {
  const ids = await seed(berth.client, [
    { name: "lead" },
    { name: "mover", x: 500 },
    { name: "its-member", parent: "mover", x: 500, y: 250 },
  ]);
  const [lead, mover, member] = ["lead", "mover", "its-member"].map((name) => idOf(ids, name)) as [
    string,
    string,
    string,
  ];
  await canvas.map.fit(3);
  await canvas.map.dragTo(mover, await canvas.map.center(lead));
  await expect(page.getByText("Drop to move mover into the team of lead")).toBeVisible();
  await canvas.map.drop();
  await expect.poll(() => parentOf(berth.client, mover)).toBe(lead);
  await expect(page.getByText("Drop to move")).toHaveCount(0);
  const { nodes } = await berth.client.canvas.snapshot.query({});
  const at = (id: string) => nodes.find((node) => node.id === id)?.position ?? { x: 0, y: 0 };
  // Below its new lead, with its own member at the same relative position.
  expect(at(mover).y).toBeGreaterThan(at(lead).y + 100);
  expect(Math.round(at(member).x - at(mover).x)).toBe(0);
  expect(Math.round(at(member).y - at(mover).y)).toBe(250);

  await page.keyboard.press("Control+z");
  await expect.poll(() => parentOf(berth.client, mover)).toBeNull();
  await expect
    .poll(async () => (await berth.client.workspaces.get.query({ id: member })).position)
    .toEqual({ x: 500, y: 250 });
  await page.keyboard.press("Control+Shift+z");
  await expect.poll(() => parentOf(berth.client, mover)).toBe(lead);
});

test("Escape cancels a drag, and dropping on empty space only moves the card", async ({ canvas, berth, page }) => {
  const ids = await seed(berth.client, [{ name: "lead" }, { name: "mover", x: 500 }]);
  const mover = idOf(ids, "mover");
  await canvas.map.fit(2);
  const start = await canvas.map.center(mover);
  await canvas.map.dragTo(mover, await canvas.map.center(idOf(ids, "lead")));
  await page.keyboard.press("Escape");
  await expect(page.getByText("Drop to move")).toHaveCount(0);
  await expect.poll(async () => Math.round((await canvas.map.center(mover)).x)).toBe(Math.round(start.x));
  await canvas.map.drop();
  expect(await parentOf(berth.client, mover)).toBeNull();
  expect((await berth.client.workspaces.get.query({ id: mover })).position).toEqual({ x: 500, y: 0 });

  await canvas.map.dragTo(mover, { x: start.x, y: start.y + 200 });
  await canvas.map.drop();
  await expect
    .poll(async () => (await berth.client.workspaces.get.query({ id: mover })).position.y)
    .toBeGreaterThan(100);
  expect(await parentOf(berth.client, mover)).toBeNull();
  await page.keyboard.press("Control+z");
  await expect
    .poll(async () => (await berth.client.workspaces.get.query({ id: mover })).position)
    .toEqual({ x: 500, y: 0 });
});

test("dragging a card into a team frame joins the team, dragging it out leaves, and the frame resizes", async ({
  canvas,
  berth,
  page,
}) => {
  const ids = await seed(berth.client, [
    { name: "lead" },
    { name: "member", parent: "lead", y: 200 },
    { name: "guest", x: 700, y: 200 },
  ]);
  const [lead, member, guest] = ["lead", "member", "guest"].map((name) => idOf(ids, name)) as [string, string, string];
  await canvas.map.fit(3);
  const frame = canvas.map.frame(lead);
  await expect(frame).toContainText("Team of lead");
  const before = await canvas.map.boxOf(frame);

  // A card dropped on empty space in the frame keeps that position, and the frame grows.
  const memberCenter = await canvas.map.center(member);
  const card = await canvas.map.boxOf(canvas.map.card(guest));
  await canvas.map.dragTo(guest, { x: memberCenter.x + card.width * 0.4, y: memberCenter.y - card.height });
  await expect(page.getByText("Drop to move guest into the team of lead")).toBeVisible();
  await canvas.map.drop();
  await expect.poll(() => parentOf(berth.client, guest)).toBe(lead);
  await expect.poll(async () => (await canvas.map.boxOf(frame)).width).toBeGreaterThan(before.width);

  // Slightly over the edge, the card stays in the team. Almost fully outside, it leaves and the frame shrinks.
  const edge = await canvas.map.boxOf(frame);
  await canvas.map.dragTo(guest, { x: edge.x + edge.width, y: edge.y + edge.height / 2 });
  await expect(page.getByText("Drop to move")).toHaveCount(0);
  await canvas.map.keepDragging({ x: edge.x + edge.width + card.width * 0.45, y: edge.y + edge.height / 2 });
  await expect(page.getByText("Drop to move guest out of the team of lead")).toBeVisible();
  await canvas.map.drop();
  await expect.poll(() => parentOf(berth.client, guest)).toBeNull();
  await expect.poll(async () => Math.round((await canvas.map.boxOf(frame)).width)).toBe(Math.round(before.width));

  // With Ctrl, a card leaves the team from anywhere in the frame.
  const start = await canvas.map.center(member);
  await canvas.map.dragTo(member, { x: start.x + 10, y: start.y });
  await page.keyboard.down("Control");
  await canvas.map.keepDragging({ x: start.x + 20, y: start.y });
  await expect(page.getByText("Drop to move member out of the team of lead")).toBeVisible();
  await canvas.map.drop();
  await page.keyboard.up("Control");
  await expect.poll(() => parentOf(berth.client, member)).toBeNull();
  await expect(frame).toHaveCount(0);
  await page.keyboard.press("Control+z");
  await expect(frame).toBeVisible();
});

test("“Move to…” changes the team, and does not offer a lead its own team", async ({ canvas, berth, page }) => {
  const ids = await seed(berth.client, [
    { name: "lead" },
    { name: "other-lead", x: 500 },
    { name: "member", parent: "lead", y: 250 },
  ]);
  await canvas.map.fit();
  await canvas.map.pickMenuItem(idOf(ids, "lead"), "Move to…");
  await expect(page.getByRole("option")).toHaveCount(1);
  await page.keyboard.press("Escape");

  await canvas.map.pickMenuItem(idOf(ids, "member"), "Move to…");
  const dialog = page.getByRole("dialog", { name: "Move member to…" });
  await dialog.getByRole("combobox").fill("other");
  await page.keyboard.press("Enter");
  await expect.poll(() => parentOf(berth.client, idOf(ids, "member"))).toBe(idOf(ids, "other-lead"));

  await canvas.map.pickMenuItem(idOf(ids, "member"), "Move to…");
  await dialog.getByRole("option", { name: "No team" }).click();
  await expect.poll(() => parentOf(berth.client, idOf(ids, "member"))).toBeNull();
});

test("“Move to…” places the card below the lead without the frame covering another card", async ({
  canvas,
  berth,
  page,
}) => {
  const ids = await seed(berth.client, [
    { name: "atlas" },
    { name: "member", parent: "atlas", y: 250 },
    { name: "unrelated", x: 400, y: 125 },
    { name: "mover", x: 1200, y: 600 },
    { name: "movers-member", parent: "mover", x: 1200, y: 850 },
  ]);
  const [atlas, mover, moversMember] = [idOf(ids, "atlas"), idOf(ids, "mover"), idOf(ids, "movers-member")];
  const fetchPosition = async (id: string) => (await berth.client.workspaces.get.query({ id })).position;
  await canvas.map.fit(5);
  await canvas.map.pickMenuItem(mover, "Move to…");
  await page.getByRole("dialog").getByRole("combobox").fill("atlas");
  await page.keyboard.press("Enter");
  await expect.poll(() => parentOf(berth.client, mover)).toBe(atlas);
  const [moverAt, memberAt] = [await fetchPosition(mover), await fetchPosition(moversMember)];
  expect({ x: memberAt.x - moverAt.x, y: memberAt.y - moverAt.y }).toEqual({ x: 0, y: 250 });
  await canvas.map.fit(5);
  const frame = await canvas.map.boxOf(canvas.map.frame(atlas));
  const unrelated = await canvas.map.boxOf(canvas.map.card(idOf(ids, "unrelated")));
  const overlap =
    Math.min(frame.x + frame.width, unrelated.x + unrelated.width) > Math.max(frame.x, unrelated.x) &&
    Math.min(frame.y + frame.height, unrelated.y + unrelated.height) > Math.max(frame.y, unrelated.y);
  expect(overlap, "the frame of atlas overlaps the unrelated card").toBe(false);

  // The message has an Undo button for touch.
  await page.getByRole("button", { name: "Undo" }).click();
  await expect.poll(() => parentOf(berth.client, mover)).toBeNull();
  await expect.poll(() => fetchPosition(mover)).toEqual({ x: 1200, y: 600 });
  await expect.poll(() => fetchPosition(moversMember)).toEqual({ x: 1200, y: 850 });
});

test("a failed layout save is reported and leaves nothing to undo", async ({ canvas, berth, page }) => {
  await seed(berth.client, [{ name: "one" }, { name: "two", x: 20, y: 20 }]);
  await canvas.map.fit(2);
  await page.route("**/trpc/canvas.saveLayout*", (route) => route.fulfill({ status: 503, body: "{}" }));
  await page.getByRole("button", { name: "Arrange the map" }).click();
  await expect(page.getByText(/^Could not save the new positions/)).toBeVisible();
  await expect(page.getByText("Arranged.")).toHaveCount(0);
  await page.keyboard.press("Control+z");
  await expect(page.getByText("Nothing to undo.")).toBeVisible();
});

test("a team can be arranged, hidden, restored by Ctrl+Z and zoomed to", async ({ canvas, berth, page }) => {
  const ids = await seed(berth.client, [
    { name: "lead" },
    { name: "a", parent: "lead", x: 20, y: 20 },
    { name: "b", parent: "lead", x: 40, y: 40 },
  ]);
  await canvas.map.fit();
  await page.getByRole("button", { name: "Arrange the map" }).click();
  await expect
    .poll(async () => {
      const { nodes } = await berth.client.canvas.snapshot.query({});
      return nodes.find(({ name }) => name === "a")?.position.y;
    })
    .toBeGreaterThan(100);
  await canvas.map.fit();
  await canvas.map.pickMenuItem(idOf(ids, "lead"), "Hide team");
  await expect(canvas.map.card(idOf(ids, "a"))).toHaveCount(0);
  await page.keyboard.press("Control+z");
  await expect(canvas.map.card(idOf(ids, "a"))).toBeVisible();
  await canvas.map.pickMenuItem(idOf(ids, "lead"), "Zoom to team");
  await expect(canvas.map.card(idOf(ids, "b"))).toBeInViewport();
});

test("Alt+arrow moves focus between cards, arrow keys move a card, and Backspace does not delete it", async ({
  canvas,
  berth,
  page,
}) => {
  const ids = await seed(berth.client, [{ name: "left" }, { name: "right", x: 500 }]);
  const [left, right] = [idOf(ids, "left"), idOf(ids, "right")];
  await canvas.map.fit();
  await canvas.map.card(left).focus();
  await page.keyboard.press("Alt+ArrowRight");
  await expect(canvas.map.card(right)).toBeFocused();
  expect((await berth.client.workspaces.get.query({ id: left })).position).toEqual({ x: 0, y: 0 });
  await page.keyboard.press("Backspace");
  await page.keyboard.press("Delete");
  await expect(canvas.map.card(right)).toBeVisible();
  await page.keyboard.press("ArrowRight");
  await expect
    .poll(async () => (await berth.client.workspaces.get.query({ id: right })).position.x)
    .toBeGreaterThan(500);
});

test("cards selected with a box on the map are also selected in the list", async ({ canvas, berth, page }) => {
  const ids = await seed(berth.client, [{ name: "one" }, { name: "two", x: 400 }, { name: "far", x: 400, y: 700 }]);
  await canvas.map.fit();
  const one = await canvas.map.card(idOf(ids, "one")).boundingBox();
  const two = await canvas.map.card(idOf(ids, "two")).boundingBox();
  if (!one || !two) throw new Error("The cards are not on the screen.");
  await page.keyboard.down("Shift");
  await page.mouse.move(one.x - 20, one.y - 20);
  await page.mouse.down();
  await page.mouse.move(two.x, two.y);
  await page.mouse.move(two.x + two.width + 20, two.y + two.height + 20);
  await page.mouse.up();
  await page.keyboard.up("Shift");
  await expect(canvas.list.selectionBar).toContainText("2 workspaces selected");
  await page.getByTestId("nav-home").click();
  await expect(canvas.list.table.getByRole("checkbox", { name: "Select one" })).toBeChecked();
  await expect(canvas.list.table.getByRole("checkbox", { name: "Select far" })).not.toBeChecked();
  await page.getByTestId("nav-map").click();
  await canvas.list.selectionBar.getByRole("button", { name: "Pause 2 workspaces" }).click();
  await expect(canvas.node(idOf(ids, "one"))).toContainText("Paused");
  await expect(canvas.list.selectionBar).toBeHidden();
});

test("a remote rename is announced, and Notifications is empty without failures", async ({ canvas, berth, page }) => {
  const ids = await seed(berth.client, [{ name: "talker" }]);
  await expect(canvas.node(idOf(ids, "talker"))).toContainText("Online");
  await berth.client.workspaces.update.mutate({ id: idOf(ids, "talker"), name: "speaker" });
  await expect(page.getByRole("status").filter({ hasText: "talker renamed to speaker" })).toBeAttached();
  await page.getByRole("button", { name: /^Notifications/ }).click();
  await expect(page.getByRole("dialog", { name: "Notifications" })).toContainText("No notifications");
});
