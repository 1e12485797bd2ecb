import { describe, expect, test } from "vitest";
import { listEvents } from "../events/feed.ts";
import { type MemoryHarness, openHarness, until } from "../testing/index.ts";
import { eraseVolume } from "../volumes/volumes.ts";
import { listOperations } from "./operations.ts";

/** All operations, oldest first, and the `operation.queued` events. */
async function requested({ deps, actor }: MemoryHarness) {
  const { items } = await listOperations(deps, actor, { limit: 100 });
  const events = await listEvents(deps, actor, { limit: 500, types: ["operation.queued"] });
  return {
    operations: items.toReversed().map(({ id, kind }) => ({ operationId: id, kind })),
    queued: events.items.flatMap(({ type, data }) =>
      type === "operation.queued" ? [{ operationId: data.operationId, kind: data.kind }] : [],
    ),
  };
}

describe("operation.queued is emitted once per request", () => {
  test("for create, each verb, delete and restore", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online();
    for (const verb of ["restart", "pause", "resume", "hibernate", "wake"] as const)
      await harness.after(verb, workspace);
    await harness.deleted(workspace);
    await harness.restored(workspace);
    const { operations, queued } = await requested(harness);
    const kinds = ["create", "restart", "pause", "resume", "hibernate", "wake", "delete", "restore"];
    expect(operations.map(({ kind }) => kind)).toEqual(kinds);
    expect(queued).toEqual(operations);
  });

  test("for an erase by a person and an erase by expiry", async () => {
    await using harness = await openHarness();
    const [first, second] = [await harness.online(), await harness.online()];
    await harness.deleted(first);
    await harness.deleted(second);
    const id = first.volume?.id ?? "";
    await harness.succeeded(await eraseVolume(harness.deps, harness.actor, { id, confirmName: first.name }));
    await harness.endGrace();
    await until(async () => (await harness.volumeOf(second)).state === "erased", "the second one expires");
    const { operations, queued } = await requested(harness);
    expect(operations.map(({ kind }) => kind)).toEqual(["create", "create", "delete", "delete", "erase", "erase"]);
    expect(queued).toEqual(operations);
  });
});
