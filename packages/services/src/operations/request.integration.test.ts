import { describe, expect, test } from "vitest";
import { listEvents } from "../events/feed.ts";
import { type MemoryBench, openBench, until } from "../testing/index.ts";
import { eraseVolume } from "../volumes/volumes.ts";
import { listOperations } from "./operations.ts";

/** All operations, oldest first, and the `operation.queued` events. */
async function requested({ deps, actor }: MemoryBench) {
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
    await using bench = await openBench();
    const workspace = await bench.online();
    for (const verb of ["restart", "pause", "resume", "hibernate", "wake"] as const) await bench.after(verb, workspace);
    await bench.deleted(workspace);
    await bench.restored(workspace);
    const { operations, queued } = await requested(bench);
    const kinds = ["create", "restart", "pause", "resume", "hibernate", "wake", "delete", "restore"];
    expect(operations.map(({ kind }) => kind)).toEqual(kinds);
    expect(queued).toEqual(operations);
  });

  test("for an erase by a person and an erase by expiry", async () => {
    await using bench = await openBench();
    const [first, second] = [await bench.online(), await bench.online()];
    await bench.deleted(first);
    await bench.deleted(second);
    const id = first.volume?.id ?? "";
    await bench.succeeded(await eraseVolume(bench.deps, bench.actor, { id, confirmName: first.name }));
    await bench.endGrace();
    await until(async () => (await bench.volumeOf(second)).state === "erased", "the second one expires");
    const { operations, queued } = await requested(bench);
    expect(operations.map(({ kind }) => kind)).toEqual(["create", "create", "delete", "delete", "erase", "erase"]);
    expect(queued).toEqual(operations);
  });
});
