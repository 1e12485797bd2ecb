import { DomainError } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { openReplicas } from "../replicas/replicas.ts";
import { newWorkspace, openHarness, problem, until } from "../testing/index.ts";
import { createWorkspace } from "../workspaces/create.ts";
import { listWorkspaces } from "../workspaces/read.ts";
import { once } from "./idempotency.ts";

const request = { key: "k", action: "workspaces.create", input: { a: 1, b: { c: 2, d: 3 } } };

describe("a mutation with an idempotency key", () => {
  test("runs once when it is retried many times", async () => {
    await using harness = await openHarness({ started: false });
    const { deps, actor } = harness;
    const input = newWorkspace();
    const create = () => once(deps, actor, { ...request, input }, () => createWorkspace(deps, actor, input));
    const first = await create();
    for (let retry = 0; retry < 5; retry += 1) expect(await create()).toEqual(first);
    expect((await listWorkspaces(deps, actor, { limit: 10, includeDeleted: true })).items).toHaveLength(1);
  });

  test("runs once for ten concurrent requests, and the other nine get a retryable error", async () => {
    await using harness = await openHarness({ started: false });
    const { deps, actor } = harness;
    let runs = 0;
    const finish = Promise.withResolvers<void>();
    const work = async () => {
      runs += 1;
      await finish.promise;
      return runs;
    };
    const refused: unknown[] = [];
    const asked = Array.from({ length: 10 }, () =>
      once(deps, actor, request, work).catch((error: unknown) => void refused.push(error)),
    );
    await expect.poll(() => refused.length).toBe(9);
    for (const each of refused) expect(each).toEqual(problem({ code: "idempotency_key_in_use", retryable: true }));
    finish.resolve();
    expect((await Promise.all(asked)).filter((response) => response === 1)).toHaveLength(1);
    expect(await once(deps, actor, request, work)).toBe(1);
    expect(runs).toBe(1);
  });

  test("runs again right after a restart when its process ended in the middle", async () => {
    await using harness = await openHarness({ started: false });
    const { deps, actor } = harness;
    const cut = once(deps, actor, request, () => new Promise<string>(() => {}));
    cut.catch(() => {});
    const again = () => once(deps, actor, request, async () => "again");
    await until(async () => (await harness.sql("select from idempotency_keys")).length > 0, "the key is taken");
    await expect(again()).rejects.toEqual(problem({ code: "idempotency_key_in_use" }));
    const { db, tunnel, log, replicas } = deps;
    const self = { id: replicas.self, backends: [], dataDirectory: "/nowhere", tunnelFolder: "/nowhere" };
    const next = await openReplicas({ db, tunnel, log, self, links: null });
    expect(await again()).toBe("again");
    await next.stop();
  });

  test("ignores the order of the input's fields and rejects the key for another input", async () => {
    await using harness = await openHarness({ started: false });
    const { deps, actor } = harness;
    await once(deps, actor, request, async () => "first");
    const shuffled = { ...request, input: { b: { d: 3, c: 2 }, a: 1 } };
    expect(await once(deps, actor, shuffled, async () => "second")).toBe("first");
    const reused = problem({ code: "idempotency_key_reused", retryable: false });
    await expect(once(deps, actor, { ...request, input: { a: 2 } }, async () => "x")).rejects.toEqual(reused);
    await expect(once(deps, actor, { ...request, action: "other" }, async () => "x")).rejects.toEqual(reused);
    const other = { ...actor, id: "token:other" };
    expect(await once(deps, other, { ...request, input: { a: 2 } }, async () => "theirs")).toBe("theirs");
  });

  test("repeats a final error, and runs again after a retryable one", async () => {
    await using harness = await openHarness({ started: false });
    const { deps, actor } = harness;
    const taken = async () => Promise.reject(new DomainError("name_taken", "Taken."));
    await expect(once(deps, actor, request, taken)).rejects.toEqual(problem({ code: "name_taken" }));
    await expect(once(deps, actor, request, async () => "now")).rejects.toEqual(problem({ code: "name_taken" }));
    const outage = { ...request, key: "other" };
    await expect(once(deps, actor, outage, async () => Promise.reject(new Error("crash")))).rejects.toThrow("crash");
    const away = async () => Promise.reject(new DomainError("backend_unavailable", "Away."));
    await expect(once(deps, actor, outage, away)).rejects.toEqual(problem({ code: "backend_unavailable" }));
    expect(await once(deps, actor, outage, async () => "now")).toBe("now");
  });

  test.each(["", "x".repeat(201)])("rejects the key %j before anything runs", async (key) => {
    await using harness = await openHarness({ started: false });
    const work = async () => Promise.reject(new Error("was done"));
    await expect(once(harness.deps, harness.actor, { ...request, key }, work)).rejects.toEqual(
      problem({ code: "invalid_input" }),
    );
  });
});
