import { createBerthClient } from "@berth/client";
import type { FileWatchMessage, Problem, SearchMatch } from "@berth/domain";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalWorkspace, openLocalWorkspace } from "./testing/local-workspace.ts";
import { until } from "./testing/test-api.ts";

let files: LocalWorkspace;
beforeAll(async () => {
  files = await openLocalWorkspace();
});
afterAll(() => files[Symbol.asyncDispose]());

const client = () => createBerthClient({ url: files.api.listening, token: files.api.api.ownerToken });
const place = () => ({ workspaceId: files.workspace.id, root: "/workspace" as const });

function watch(paths: string[]) {
  const messages: FileWatchMessage[] = [];
  const problems: (Problem | undefined)[] = [];
  const { unsubscribe } = client().files.watch.subscribe(
    { ...place(), paths },
    {
      onData: (message) => messages.push(message),
      onError: (error) => problems.push(error.data?.problem),
    },
  );
  const names = () => messages.flatMap((each) => (each.type === "changed" ? (each.names ?? []) : []));
  return { messages, problems, names, stop: unsubscribe };
}

describe("files.watch", () => {
  test("accepts the maximum number of folders with long names", async () => {
    const deep = Array.from(
      { length: 200 },
      (_, index) => `/packages/app-${index}/${"src/components/".repeat(12)}icons`,
    );
    const paths = ["/", ...deep].slice(0, 200);
    const feed = watch(paths);
    await until(async () => (feed.messages.length > 0 ? true : undefined));
    expect(feed.messages[0]).toEqual({ type: "watching" });
    await files.put("/seen-among-many", "x");
    await until(async () => (feed.names().includes("seen-among-many") ? true : undefined));
    feed.stop();
    expect(feed.problems).toEqual([]);
  });

  test("reports changes in a running workspace and in one that is only browsed", async () => {
    for (const verb of [null, "pause"]) {
      if (verb) {
        const { data } = await files.api.call(`workspaces.${verb}`, { id: files.workspace.id });
        await files.api.operationEnded(data.id);
      }
      const feed = watch(["/"]);
      await until(async () => (feed.messages.length > 0 ? true : undefined));
      expect(feed.messages[0]).toEqual({ type: "watching" });
      await files.put(`/seen-${verb}`, "x");
      await until(async () => (feed.names().includes(`seen-${verb}`) ? true : undefined));
      feed.stop();
    }
    const { data } = await files.api.call("workspaces.resume", { id: files.workspace.id });
    await files.api.operationEnded(data.id);
  });

  test("reconnects when the instance is replaced, and does not wake a hibernated workspace", async () => {
    const feed = watch(["/"]);
    await until(async () => (feed.messages.length > 0 ? true : undefined));
    const restart = await files.api.call("workspaces.restart", { id: files.workspace.id });
    await files.api.operationEnded(restart.data.id);
    await until(async () => (feed.messages.filter(({ type }) => type === "watching").length > 1 ? true : undefined));
    const { data } = await files.api.call("workspaces.hibernate", { id: files.workspace.id });
    await files.api.operationEnded(data.id);
    await until(async () => feed.problems.find((problem) => problem?.code === "workspace_not_running"));
    expect((await files.api.call("workspaces.get", { id: files.workspace.id })).data.status).toBe("hibernated");
    feed.stop();
    const wake = await files.api.call("workspaces.wake", { id: files.workspace.id });
    await files.api.operationEnded(wake.data.id);
  });
});

describe("files.searchStream", () => {
  const search = (input: { name?: string; content?: string; ignoreCase?: boolean; limit?: number }) => {
    const { promise, resolve, reject } = Promise.withResolvers<SearchMatch[]>();
    const found: SearchMatch[] = [];
    const { unsubscribe } = client().files.searchStream.subscribe(
      { ...place(), path: "/search", ...input },
      { onData: ({ data }) => found.push(data), onComplete: () => resolve(found), onError: reject },
    );
    return { found, whole: promise, stop: unsubscribe };
  };
  beforeAll(async () => {
    for (const name of ["a", "b", "C"]) await files.put(`/search/${name}.txt`, "one\nNeedle here\nneedle there\n");
  });

  test("yields the matches of files.search in the same order, and ends", async () => {
    const { data } = await files.ask("search", { path: "/search", content: "NEEDLE" });
    expect(data.matches).toHaveLength(6);
    expect(await search({ content: "NEEDLE" }).whole).toEqual(data.matches);
    expect(await search({ content: "NEEDLE", ignoreCase: false }).whole).toEqual([]);
    expect(await search({ content: "needle", ignoreCase: false }).whole).toHaveLength(3);
    expect((await search({ name: "c.TXT" }).whole).map(({ path }) => path)).toEqual(["/search/C.txt"]);
    expect(await search({ name: "*", limit: 2 }).whole).toHaveLength(2);
  });

  test("continues after the last delivered match when its connection returns", async () => {
    const input = encodeURIComponent(JSON.stringify({ ...place(), path: "/search", name: "*.txt" }));
    const headers = { authorization: `Bearer ${files.api.api.ownerToken}`, "last-event-id": "2" };
    const response = await fetch(`${files.api.listening}/trpc/files.searchStream?input=${input}`, { headers });
    const text = await response.text();
    expect([...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => id)).toEqual(["3"]);
  });

  test("rejects an empty search and a search in a missing folder", async () => {
    await expect(search({}).whole).rejects.toMatchObject({ data: { problem: { code: "invalid_input" } } });
    const missing = client().files.searchStream;
    const error = await new Promise((resolve) => {
      missing.subscribe({ ...place(), path: "/nowhere", name: "*" }, { onError: resolve });
    });
    expect(error).toMatchObject({ data: { problem: { code: "not_found" } } });
  });
});
