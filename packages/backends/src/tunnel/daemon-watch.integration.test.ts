import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DAEMON_ROUTES, type FileWatchMessage } from "@berth/domain";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type DaemonProcess, TunnelFixture, until } from "./testing/tunnel-fixture.ts";

let fixture: TunnelFixture;
let daemon: DaemonProcess;
const leaving: AbortController[] = [];
beforeEach(async () => {
  fixture = await TunnelFixture.open();
  daemon = await fixture.startDaemon();
  await fixture.session(daemon);
});
afterEach(async () => {
  for (const each of leaving.splice(0)) each.abort();
  await fixture[Symbol.asyncDispose]();
});

const at = (path: string) => join(daemon.root("/workspace"), path);

/** Watches these folders. Resolves when no later change can be missed. */
async function watch(...paths: string[]): Promise<FileWatchMessage[]> {
  const session = await fixture.session(daemon);
  const leave = new AbortController();
  leaving.push(leave);
  const call = { method: "POST", route: DAEMON_ROUTES.watch, signal: leave.signal } as const;
  const messages = await session.lines(call, { root: "/workspace", paths });
  const received: FileWatchMessage[] = [];
  void collect(messages, received);
  await until(
    () => received[0],
    (first) => first !== undefined,
  );
  expect(received.shift()).toEqual({ type: "watching" });
  return received;
}

async function collect(messages: AsyncIterable<FileWatchMessage>, received: FileWatchMessage[]): Promise<void> {
  try {
    for await (const message of messages) received.push(message);
  } catch {
    // The watcher has left.
  }
}

/** Waits until a message has named each of these entries of the folder. */
const expectChange = (received: FileWatchMessage[], path: string, names: string[]) =>
  until(
    () => received.flatMap((each) => (each.type === "changed" && each.path === path ? (each.names ?? []) : [])),
    (seen) => names.every((name) => seen.includes(name)),
  );

describe("watching folders", () => {
  test("reports created, overwritten, renamed and removed entries, but none of deeper folders", async () => {
    await mkdir(at("shown/deeper"), { recursive: true });
    await mkdir(at("other"));
    await writeFile(at("shown/old"), "old");
    const received = await watch("/", "/shown");
    await writeFile(at("shown/new"), "new");
    await expectChange(received, "/shown", ["new"]);
    await writeFile(at("shown/old"), "other");
    await expectChange(received, "/shown", ["old"]);
    received.length = 0;
    await rename(at("shown/old"), at("shown/renamed"));
    await expectChange(received, "/shown", ["old", "renamed"]);
    received.length = 0;
    await rm(at("shown/new"));
    await expectChange(received, "/shown", ["new"]);
    await writeFile(at("shown/deeper/unseen"), "x");
    await writeFile(at("other/unseen"), "x");
    await writeFile(at("seen"), "x");
    await expectChange(received, "/", ["seen"]);
    expect(JSON.stringify(received)).not.toContain("unseen");
  });

  test("batches simultaneous changes and omits the names of thousands", async () => {
    await mkdir(at("many"), { recursive: true });
    const received = await watch("/many");
    for (let index = 0; index < 2000; index += 1) await writeFile(at(`many/${index}`), "");
    await until(
      () => received.some((each) => each.type === "changed" && each.names === null),
      (seen) => seen,
    );
    expect(received.length).toBeLessThan(50);
  });

  test("reports an upload through Berth only by its name", async () => {
    const received = await watch("/");
    const session = await fixture.session(daemon);
    const query = { root: "/workspace", path: "/uploaded" };
    await session.json({ method: "PUT", route: DAEMON_ROUTES.content, query, body: Buffer.from("x") });
    await expectChange(received, "/", ["uploaded"]);
    expect(JSON.stringify(received)).not.toContain(".berth-daemon");
  });

  test("reports a missing folder as changed and watches it once it exists", async () => {
    const received = await watch("/later");
    await until(
      () => received,
      (seen) => seen.length > 0,
    );
    expect(received.splice(0)).toEqual([{ type: "changed", path: "/later", names: null }]);
    for (let round = 0; round < 2; round += 1) {
      await mkdir(at("later"));
      await until(
        () => received.length,
        (count) => count > 0,
      );
      await writeFile(at("later/file"), "");
      await expectChange(received, "/later", ["file"]);
      await rm(at("later"), { recursive: true });
      received.length = 0;
      await until(
        () => received.some((each) => each.type === "changed" && each.names === null),
        (seen) => seen,
      );
      received.length = 0;
    }
  });

  test.each([
    [{ root: "/workspace", paths: ["/../etc"] }, "path_not_allowed"],
    [{ root: "/etc", paths: ["/"] }, "invalid_input"],
    [{ root: "/workspace", paths: [] }, "invalid_input"],
    [{ root: "/workspace", paths: Array.from({ length: 201 }, () => "/") }, "invalid_input"],
    [{ root: "/workspace" }, "invalid_input"],
  ])("refuses %j", async (body, code) => {
    const session = await fixture.session(daemon);
    await expect(session.lines({ method: "POST", route: DAEMON_ROUTES.watch }, body)).rejects.toMatchObject({
      problem: { code },
    });
  });
});
