import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { browseNotSupported, DAEMON_ROUTES, FILE_ROOTS } from "@berth/domain";
import { expect } from "vitest";
import { Once } from "../once.ts";
import type { DaemonSession } from "../tunnel/index.ts";
import {
  bringOnline,
  type CurrentHarness,
  newSpec,
  newVolume,
  type Promised,
  problem,
  refused,
} from "./contract-harness.ts";
import { type DaemonFiles, Sentinels } from "./tunnel-harness.ts";

/** The daemon's own tests stream ten times as much; this size covers the path to the backend's instance. */
const STREAM_BYTES = 24 * 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;

type PostRoute = (typeof DAEMON_ROUTES)["makeDirectory" | "move" | "copy" | "delete"];

const at = (path: string, more: Record<string, string | number> = {}) => ({ root: "/workspace", path, ...more });
const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

const post = (session: DaemonSession, route: PostRoute, body: object): Promise<object> =>
  session.json({ method: "POST", route }, { root: "/workspace", ...body });

const put = (session: DaemonSession, path: string, body: Buffer | Readable, headers: Record<string, string> = {}) =>
  session.json({ method: "PUT", route: DAEMON_ROUTES.content, query: at(path), headers, body });

const listing = (session: DaemonSession, folder: string, more: Record<string, string | number> = {}) =>
  session.json({ method: "GET", route: DAEMON_ROUTES.list, query: at(folder, more) });

/** One instance for all tests that do not disturb each other: each uses its own folder. */
function sharedMachine(current: CurrentHarness): () => Promise<DaemonFiles> {
  const bring = async () => bringOnline(current(), newSpec({ volumeId: await newVolume(current().backend) }));
  const shared = new Once(bring);
  return () => shared.get();
}

/** Covers file access through the tunnel to an instance of this backend, as users and agents have it. */
export function servesFiles(current: CurrentHarness, shows: Promised): void {
  const machine = sharedMachine(current);

  shows("exactly the three roots are served", async () => {
    const files = await machine();
    for (const root of FILE_ROOTS) {
      const sentinels = await Sentinels.plant(files, root);
      expect(await sentinels.found(files)).toEqual(sentinels.planted);
    }
    const elsewhere = { method: "GET", route: DAEMON_ROUTES.list, query: { root: "/etc", path: "/" } } as const;
    await expect(files.session.json(elsewhere)).rejects.toEqual(problem({ code: "invalid_input" }));
  });

  shows("folders are listed sorted and in pages", async () => {
    const { session } = await machine();
    const names = ["a", "b", "c", "d", "e"];
    for (const name of names) await put(session, `/pages/${name}`, Buffer.from(name));
    const first = await listing(session, "/pages", { limit: 3, sort: "name", order: "desc" });
    expect(first.entries.map(({ name }) => name)).toEqual(["e", "d", "c"]);
    const rest = await listing(session, "/pages", {
      limit: 3,
      sort: "name",
      order: "desc",
      cursor: first.nextCursor ?? "",
    });
    expect(rest.entries.map(({ name }) => name)).toEqual(["b", "a"]);
    expect(rest.nextCursor).toBeNull();
  });

  shows("files are written, moved, copied and deleted, and replaced only with the current ETag", async () => {
    const { session } = await machine();
    const bytes = randomBytes(10_000);
    const written = await put(session, "/verbs/one", bytes);
    expect(written).toMatchObject({ size: bytes.length, sha256: sha256(bytes) });
    const stale = put(session, "/verbs/one", Buffer.from("other"), { "if-match": '"another"' });
    await expect(stale).rejects.toEqual(problem({ code: "etag_mismatch" }));
    await post(session, DAEMON_ROUTES.makeDirectory, { path: "/verbs/deep/er", parents: true });
    await post(session, DAEMON_ROUTES.copy, { from: "/verbs/one", to: "/verbs/deep/er/two" });
    await post(session, DAEMON_ROUTES.move, { from: "/verbs/deep/er/two", to: "/verbs/three" });
    await post(session, DAEMON_ROUTES.delete, { path: "/verbs/deep", recursive: true });
    expect((await listing(session, "/verbs", { sort: "name" })).entries.map(({ name }) => name)).toEqual([
      "one",
      "three",
    ]);
    const moved = await session.json({
      method: "GET",
      route: DAEMON_ROUTES.stat,
      query: at("/verbs/three"),
    });
    expect(moved).toMatchObject({ kind: "file", size: bytes.length });
  });

  shows("large files are uploaded and downloaded, whole and in ranges, with their checksum", async () => {
    const { session } = await machine();
    const chunk = randomBytes(CHUNK_BYTES);
    const chunks = Array.from({ length: STREAM_BYTES / CHUNK_BYTES }, () => chunk);
    const whole = createHash("sha256");
    for (const each of chunks) whole.update(each);
    const sum = whole.digest("hex");
    expect(await put(session, "/large", Readable.from(chunks))).toMatchObject({ size: STREAM_BYTES, sha256: sum });
    const get = (headers: Record<string, string>) =>
      session.bytes({ method: "GET", route: DAEMON_ROUTES.content, query: at("/large"), headers });
    const down = createHash("sha256");
    for await (const each of (await get({})).body) down.update(each as Buffer);
    expect(down.digest("hex")).toBe(sum);
    const part = await get({ range: `bytes=${CHUNK_BYTES}-${CHUNK_BYTES + 99}` });
    expect(part.status).toBe(206);
    expect(await buffer(part.body)).toEqual(chunk.subarray(0, 100));
    await post(session, DAEMON_ROUTES.delete, { path: "/large" });
  });

  shows("a folder is downloaded as tar, tar.gz and zip, and unpacks elsewhere", async () => {
    const files = await machine();
    const { session } = files;
    const sentinels = await Sentinels.plant(files, "/workspace");
    const archive = async (format: string) => {
      const query = at("/", { format });
      return buffer((await session.bytes({ method: "GET", route: DAEMON_ROUTES.archive, query })).body);
    };
    expect((await archive("tar.gz")).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
    expect((await archive("zip")).subarray(0, 4)).toEqual(Buffer.from("PK\x03\x04"));
    const query = { root: "/configs", path: "/", format: "tar" };
    await session.json({ method: "PUT", route: DAEMON_ROUTES.archive, query, body: await archive("tar") });
    for (const [name, sum] of Object.entries(sentinels.planted)) {
      expect(sha256(await files.read("/configs", name))).toBe(sum);
    }
  });

  shows("files are found by name and by content", async () => {
    const { session } = await machine();
    await put(session, "/found/notes.txt", Buffer.from("one\nneedle here\n"));
    await put(session, "/found/other.md", Buffer.from("nothing\n"));
    const find = async (query: Record<string, string>) => {
      const lines = await session.lines({ method: "GET", route: DAEMON_ROUTES.search, query: at("/found", query) });
      let found = "";
      for await (const match of lines) found += JSON.stringify(match);
      return found;
    };
    expect(await find({ name: "*.md" })).toMatch(/other\.md/);
    const matches = await find({ content: "needle" });
    expect(matches).toMatch(/notes\.txt/);
    expect(matches).not.toMatch(/other\.md/);
  });

  shows("changes in a folder are pushed to watchers", async () => {
    const { session } = await machine();
    await post(session, DAEMON_ROUTES.makeDirectory, { path: "/watched", parents: true });
    const leave = new AbortController();
    const call = { method: "POST", route: DAEMON_ROUTES.watch, signal: leave.signal } as const;
    const messages = await session.lines(call, { root: "/workspace", paths: ["/watched"] });
    expect((await messages.next()).value).toEqual({ type: "watching" });
    await put(session, "/watched/appeared.txt", Buffer.from("hello"));
    expect((await messages.next()).value).toMatchObject({ type: "changed", names: ["appeared.txt"] });
    leave.abort();
  });

  shows("no path or link leads outside the root", async () => {
    const harness = current();
    const spec = newSpec({ volumeId: await newVolume(harness.backend) });
    // Created from inside, where everything is allowed. The command runs in /workspace.
    const command = ["sh", "-c", "ln -s /etc out; ln -s /etc/passwd file; exec sleep 1000"];
    const { session } = await bringOnline(harness, { ...spec, boot: { ...spec.boot, command } });
    await expect
      .poll(async () => (await listing(session, "/")).entries.map(({ name }) => name).sort())
      .toEqual(["file", "out"]);
    const read = (path: string) => session.bytes({ method: "GET", route: DAEMON_ROUTES.content, query: at(path) });
    for (const path of ["/../etc/passwd", "/out/passwd", "/file"]) {
      await expect(read(path), path).rejects.toEqual(problem({ code: "path_not_allowed" }));
    }
    await expect(put(session, "/out/berth", Buffer.from("x"))).rejects.toEqual(problem({ code: "path_not_allowed" }));
  });

  shows("the files of a stopped workspace can be browsed", async (context) => {
    const harness = current();
    const { kind, capabilities } = harness.backend;
    if (!capabilities.browseStopped) {
      const refusal = browseNotSupported(kind, { name: "mine", status: "paused" });
      expect(refusal.problem).toMatchObject({ code: "workspace_not_running", retryable: false });
      return refused(context, refusal.message);
    }
    const volumeId = await newVolume(harness.backend);
    const workspace = newSpec({ volumeId });
    const sentinels = await Sentinels.plant(await bringOnline(harness, workspace), "/workspace");
    await harness.backend.instances.stop(workspace);
    const browse = newSpec({ volumeId, workspaceId: workspace.workspaceId, purpose: "browse" });
    const files: DaemonFiles = await bringOnline(harness, browse);
    expect(await sentinels.found(files)).toEqual(sentinels.planted);
    await harness.backend.instances.destroy(browse);
  });
}
