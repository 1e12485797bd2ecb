import { randomUUID } from "node:crypto";
import { inTransaction } from "@berth/db";
import { type BerthEvent, workspaceStatusChanged } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { canvasSnapshot } from "../canvas/canvas.ts";
import { type MemoryHarness, newWorkspace, openHarness, until } from "../testing/index.ts";
import { createWorkspace } from "../workspaces/create.ts";
import { followEvents, listEvents } from "./feed.ts";

/** Follows the events like a browser, until `stop` is called. */
function follow({ deps, actor }: MemoryHarness, after?: number) {
  const stopping = new AbortController();
  const seen: BerthEvent[] = [];
  const ended = (async () => {
    for await (const event of followEvents(deps, actor, { after }, stopping.signal)) seen.push(event);
  })();
  return {
    seen,
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
}

const ID = randomUUID();
/** Stores an event with this generation, which identifies it. */
const note = ({ deps, actor: { orgId } }: MemoryHarness, generation: number) =>
  inTransaction(deps.db, async (tx) => {
    tx.emit(workspaceStatusChanged({ id: ID, orgId, status: "online", generation }));
  });

const numbers = (events: readonly BerthEvent[]) =>
  events.map(({ data }) => ("generation" in data ? data.generation : undefined));

describe("following events", () => {
  test("delivers each event once and in order, also across a reconnect", async () => {
    await using harness = await openHarness({ started: false });
    const first = follow(harness, 0);
    for (let n = 0; n < 40; n += 1) await note(harness, n);
    await until(async () => first.seen.length === 40, "all have come");
    await first.stop();
    for (let n = 40; n < 60; n += 1) await note(harness, n);
    const second = follow(harness, first.seen.at(-1)?.sequence);
    for (let n = 60; n < 80; n += 1) await note(harness, n);
    await until(async () => second.seen.length === 40, "the rest has come");
    await second.stop();
    expect(numbers([...first.seen, ...second.seen])).toEqual(Array.from({ length: 80 }, (_, n) => n));
  });

  test("delivers every event of concurrent writers", async () => {
    await using harness = await openHarness({ started: false });
    const reader = follow(harness, 0);
    await Promise.all(Array.from({ length: 100 }, (_, n) => note(harness, n)));
    await until(async () => reader.seen.length === 100, "all have come");
    await reader.stop();
    expect([...numbers(reader.seen)].sort((left, right) => Number(left) - Number(right))).toEqual(
      Array.from({ length: 100 }, (_, n) => n),
    );
  });

  test("without a cursor begins with the next event", async () => {
    await using harness = await openHarness({ started: false });
    await note(harness, 1);
    const reader = follow(harness);
    await until(async () => reader.seen.length > 0, "it has its start position");
    const { last } = await listEvents(harness.deps, harness.actor, { limit: 500 });
    expect(reader.seen).toMatchObject([{ type: "feed.started", sequence: last, workspaceId: null }]);
    await note(harness, 2);
    await until(async () => reader.seen.length > 1, "one has come");
    await reader.stop();
    expect(numbers(reader.seen)).toEqual([undefined, 2]);
  });

  test("without a cursor misses nothing when the connection breaks before the first event", async () => {
    await using harness = await openHarness({ started: false });
    await note(harness, 1);
    const first = follow(harness);
    await until(async () => first.seen.length > 0, "it has its start position");
    await first.stop();
    await note(harness, 2);
    const second = follow(harness, first.seen[0]?.sequence);
    await until(async () => second.seen.length > 0, "what came between has come");
    await second.stop();
    expect(numbers(second.seen)).toEqual([2]);
  });

  test("events from create to delete contain only ids and statuses, and continue from a snapshot's sequence", async () => {
    await using harness = await openHarness();
    const { deps, actor } = harness;
    const before = await canvasSnapshot(deps, actor);
    const { workspace, operation } = await createWorkspace(deps, actor, newWorkspace({ name: "secret name" }));
    await harness.succeeded(operation);
    const during = await canvasSnapshot(deps, actor);
    expect(during.nodes).toMatchObject([{ id: workspace.id, status: "online" }]);
    await harness.deleted(workspace, { eraseData: true });
    const { items } = await listEvents(deps, actor, { after: before.asOf, limit: 500 });
    const statuses = items.flatMap(({ type, data }) => (type === "workspace.status_changed" ? [data.status] : []));
    expect(statuses).toEqual(["online", "deleting", "deleted"]);
    expect(items[0]).toMatchObject({ type: "workspace.created", workspaceId: workspace.id });
    expect(items.filter(({ type }) => type === "operation.finished")).toHaveLength(2);
    const volume = items.flatMap(({ type, data }) => (type === "volume.state_changed" ? [data.state] : []));
    expect(volume).toEqual(["erasing", "erased"]);
    expect(JSON.stringify(items)).not.toContain("secret name");
    const [next] = (await listEvents(deps, actor, { after: during.asOf, limit: 500 })).items;
    expect(next).not.toMatchObject({ data: { status: "online" } });
  });
});

describe("a cursor older than the retained events", () => {
  const trimTo = (harness: MemoryHarness, sequence: number) =>
    harness.sql(
      "with gone as (delete from events where sequence <= $1) update installation set events_trimmed_to = $1",
      [sequence],
    );

  test("gets feed.trimmed first, then the retained events", async () => {
    await using harness = await openHarness({ started: false });
    for (let n = 1; n <= 10; n += 1) await note(harness, n);
    const { items } = await listEvents(harness.deps, harness.actor, { limit: 100 });
    const trimmedTo = items[5]?.sequence ?? 0;
    await trimTo(harness, trimmedTo);
    const reader = follow(harness, items[1]?.sequence);
    await until(async () => reader.seen.length === 5, "the rest has come");
    await reader.stop();
    expect(reader.seen[0]).toMatchObject({ type: "feed.trimmed", sequence: trimmedTo });
    expect(numbers(reader.seen.slice(1))).toEqual([7, 8, 9, 10]);
    expect(await listEvents(harness.deps, harness.actor, { after: 1, limit: 100 })).toMatchObject({ trimmedTo });
  });

  test("gets no feed.trimmed when it has missed nothing", async () => {
    await using harness = await openHarness({ started: false });
    for (let n = 1; n <= 10; n += 1) await note(harness, n);
    const { items } = await listEvents(harness.deps, harness.actor, { limit: 100 });
    await trimTo(harness, items[5]?.sequence ?? 0);
    const reader = follow(harness, items[5]?.sequence);
    await until(async () => reader.seen.length === 4, "the rest has come");
    await reader.stop();
    expect(numbers(reader.seen)).toEqual([7, 8, 9, 10]);
  });
});
