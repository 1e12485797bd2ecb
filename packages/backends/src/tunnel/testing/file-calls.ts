import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { DAEMON_ROUTES, type FileWritten } from "@berth/domain";
import { afterAll, beforeAll, expect } from "vitest";
import type { DaemonCall, DaemonSession } from "../index.ts";
import { type DaemonProcess, TunnelFixture } from "./tunnel-fixture.ts";

export const MiB = 1024 * 1024;

export async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const value of values) collected.push(value);
  return collected;
}

/** A path in /workspace as a query. */
export const at = (path: string, more: DaemonCall["query"] = {}) => ({ root: "/workspace", path, ...more });

/** For `rejects`: a `DomainError` whose problem has this code. */
export const problem = (code: string, more: object = {}) => ({ problem: expect.objectContaining({ code, ...more }) });

/** One daemon for all tests of a file, with functions to access its files. The getters work only while tests run. */
export function useFileCalls() {
  let opened: { fixture: TunnelFixture; daemon: DaemonProcess; session: DaemonSession };
  beforeAll(async () => {
    const fixture = await TunnelFixture.open();
    const daemon = await fixture.startDaemon();
    opened = { fixture, daemon, session: await fixture.session(daemon) };
  });
  afterAll(() => opened.fixture[Symbol.asyncDispose]());
  return {
    get fixture() {
      return opened.fixture;
    },
    get daemon() {
      return opened.daemon;
    },
    get session() {
      return opened.session;
    },
    /** The host path of a path in /workspace, bypassing the daemon. */
    onDisk: (path: string) => join(opened.daemon.root("/workspace"), path),
    put: (
      path: string,
      body: Buffer | Readable,
      headers: Record<string, string> = {},
      query: DaemonCall["query"] = {},
    ) =>
      opened.session.json({
        method: "PUT",
        route: DAEMON_ROUTES.content,
        query: at(path, query),
        headers,
        body,
      }) as Promise<FileWritten>,
    async get(path: string, headers: Record<string, string> = {}) {
      const call = { method: "GET", route: DAEMON_ROUTES.content, query: at(path), headers } as const;
      const response = await opened.session.bytes(call);
      return { ...response, bytes: Buffer.concat(await response.body.toArray()) };
    },
    post: (route: (typeof DAEMON_ROUTES)["makeDirectory" | "move" | "copy" | "delete"], body: object) =>
      opened.session.json({ method: "POST", route }, { root: "/workspace", ...body }),
  };
}

/** The same bytes for the same count, never all in memory at once. */
export function* chunks(mebibytes: number): Generator<Buffer> {
  for (let index = 0; index < mebibytes; index += 1) yield Buffer.alloc(MiB, `chunk ${index} `);
}

export const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
