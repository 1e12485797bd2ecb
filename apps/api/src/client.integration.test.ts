import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { createBerthClient, problemFrom } from "@berth/client";
import type { BerthEvent, Problem } from "@berth/domain";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestApi, type TestApi, until } from "./testing/test-api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await openTestApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const clientAs = (token: string, url = api.url) => createBerthClient({ url, token });
const owner = () => clientAs(api.api.ownerToken);
const problemOf = (work: Promise<unknown>): Promise<Problem | null> =>
  work.then(
    () => null,
    (error: unknown) => problemFrom(error),
  );

describe("the typed client", () => {
  test("calls queries and mutations with types", async () => {
    const client = owner();
    const { workspace, operation } = await client.workspaces.create.mutate({ name: "typed" });
    expect(operation.kind).toBe("create");
    const { items } = await client.workspaces.list.query({ search: "typed" });
    expect(items.map(({ id }) => id)).toEqual([workspace.id]);
    expect((await client.session.get.query()).actor.kind).toBe("owner");
  });

  test("sends the Idempotency-Key of its context", async () => {
    const context = { idempotencyKey: randomUUID() };
    const input = { name: "once" };
    const first = await owner().workspaces.create.mutate(input, { context });
    expect((await owner().workspaces.create.mutate(input, { context })).workspace.id).toBe(first.workspace.id);
    const other = problemOf(owner().workspaces.create.mutate({ name: "other" }, { context }));
    expect(await other).toMatchObject({ code: "idempotency_key_reused", retryable: false });
  });

  test("converts problems, and only problems", async () => {
    const id = randomUUID();
    expect(await problemOf(owner().workspaces.get.query({ id }))).toEqual({
      code: "not_found",
      message: "The workspace was not found.",
      retryable: false,
    });
    expect(await problemOf(clientAs("wrong").workspaces.list.query())).toMatchObject({ code: "unauthenticated" });
    const large = "x".repeat(5 * 1024 * 1024);
    const write = owner().files.write.mutate({ workspaceId: id, root: "/workspace", path: "a", content: large });
    expect(await problemOf(write)).toMatchObject({ code: "limit_exceeded" });
    expect(await problemOf(clientAs("x", "http://127.0.0.1:1").workspaces.list.query())).toBeNull();
    expect(problemFrom(new Error("x"))).toBeNull();
    expect(problemFrom(undefined)).toBeNull();
  });
});

describe("a subscription", () => {
  test("that is rejected ends with the problem", async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    clientAs("wrong").events.subscribe.subscribe({ after: 0 }, { onError: resolve });
    expect(problemFrom(await promise)).toMatchObject({ code: "unauthenticated" });
  });

  test("ends when its token is revoked", async () => {
    const { token, secret } = await owner().tokens.create.mutate({ kind: "org", name: "short-lived" });
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const { promise: started, resolve: onStarted } = Promise.withResolvers<void>();
    clientAs(secret).events.subscribe.subscribe({ after: 0 }, { onError: resolve, onData: () => onStarted() });
    await started;
    await owner().tokens.revoke.mutate({ id: token.id });
    expect(problemFrom(await promise)).toMatchObject({ code: "unauthenticated" });
  });

  test("of one workspace receives no events of other workspaces and orgs", async () => {
    const { workspace } = await owner().workspaces.create.mutate({ name: "listened to" });
    const seen: BerthEvent[] = [];
    const subscription = owner().events.subscribe.subscribe(
      { after: 0, workspaceId: workspace.id },
      { onData: ({ data }) => seen.push(data) },
    );
    await owner().workspaces.create.mutate({ name: "not listened to" });
    await api.pool.query(
      "insert into events (org_id, type, workspace_id, data) values ($1, 'workspace.updated', $2, '{}')",
      [randomUUID(), workspace.id],
    );
    await owner().workspaces.update.mutate({ id: workspace.id, role: "last" });
    await until(async () => (seen.some(({ type }) => type === "workspace.updated") ? true : undefined));
    subscription.unsubscribe();
    expect(new Set(seen.map((event) => event.workspaceId))).toEqual(new Set([workspace.id]));
    const { items } = await owner().events.list.query({ workspaceId: workspace.id, limit: 500 });
    expect(items.map(({ sequence }) => sequence)).toEqual(expect.arrayContaining(seen.map(({ sequence }) => sequence)));
    expect(seen.filter(({ type }) => type === "workspace.updated")).toHaveLength(1);
  });

  test("loses and repeats no event after a network outage", async () => {
    await using network = await openNetwork(api.api.port);
    const workspace = await api.workspace({ name: "cut off" });
    const after = (await owner().events.list.query({ limit: 500 })).last;
    const seen: number[] = [];
    const errors: unknown[] = [];
    const subscription = clientAs(api.api.ownerToken, network.url).events.subscribe.subscribe(
      { after, workspaceId: workspace.id },
      { onData: ({ data }) => seen.push(data.sequence), onError: (error) => errors.push(error) },
    );
    const write = (y: number) => owner().workspaces.update.mutate({ id: workspace.id, position: { x: 0, y } });
    await write(1);
    await until(async () => (seen.length > 0 ? true : undefined));
    for (let round = 0; round < 2; round += 1) {
      network.cut();
      for (let y = 0; y < 5; y += 1) await write(round * 10 + y);
      network.mend();
      await write(round * 10 + 9);
      const { items } = await owner().events.list.query({ after, workspaceId: workspace.id, limit: 500 });
      const last = items.at(-1)?.sequence ?? 0;
      await until(async () => (seen.includes(last) ? true : undefined), 40);
      expect(seen.filter((sequence) => sequence <= last)).toEqual(items.map(({ sequence }) => sequence));
    }
    subscription.unsubscribe();
    expect(errors).toEqual([]);
  });
});

/** A proxy to the API whose connection can be cut and restored. */
async function openNetwork(port: number) {
  const open = new Set<Socket>();
  let isCut = false;
  const server: Server = createServer((incoming) => {
    if (isCut) return incoming.destroy();
    const outgoing = connect(port, "127.0.0.1");
    for (const socket of [incoming, outgoing]) {
      open.add(socket);
      socket.on("error", () => {}).on("close", () => open.delete(socket));
    }
    incoming.pipe(outgoing).pipe(incoming);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const drop = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut() {
      isCut = true;
      drop();
    },
    mend() {
      isCut = false;
    },
    async [Symbol.asyncDispose]() {
      drop();
      server.close();
    },
  };
}
