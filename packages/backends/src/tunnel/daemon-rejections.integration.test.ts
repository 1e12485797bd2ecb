import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { DAEMON_ROUTES } from "@berth/domain";
import { pack } from "tar-stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findSmallDiskForTests, openSmallDisk, type SmallDisk } from "../testing/small-disk.ts";
import type { DaemonCall, DaemonSession } from "./index.ts";
import { at, chunks, MiB, problem, useFileCalls } from "./testing/file-calls.ts";

const files = useFileCalls();

/** More than all windows combined, so most of it is unsent when the daemon rejects it. */
const BODY_MEBIBYTES = 40;

const largeBody = () => Readable.from(chunks(BODY_MEBIBYTES), { objectMode: false });

async function* tarWithBadNameAfter(files: number): AsyncGenerator<Buffer> {
  const tar = pack();
  for (let index = 0; index < BODY_MEBIBYTES; index += 1) {
    if (index === files) tar.entry({ name: "../outside" }, "x");
    tar.entry({ name: `file-${index}` }, Buffer.alloc(MiB, index));
  }
  tar.finalize();
  yield* tar as unknown as AsyncIterable<Buffer>;
}

async function* damagedGzip(): AsyncGenerator<Buffer> {
  let index = 0;
  for await (const chunk of Readable.from(tarWithBadNameAfter(-1)).pipe(
    createGzip({ level: 0 }),
  ) as AsyncIterable<Buffer>) {
    yield index === 100 ? Buffer.alloc(chunk.length, 0xff) : chunk;
    index += 1;
  }
}

type PutRoute = typeof DAEMON_ROUTES.content | typeof DAEMON_ROUTES.archive;

const send = (call: Pick<DaemonCall, "query" | "headers"> & { route: PutRoute }, body: Readable) =>
  files.session.json({ method: "PUT", ...call, body });

/** Each problem is found only after a part of the body was read. */
const REJECTIONS: [string, string, () => Promise<unknown>][] = [
  [
    "a path outside the root in the middle of an archive",
    "path_not_allowed",
    () =>
      send({ route: DAEMON_ROUTES.archive, query: at("/a", { format: "tar" }) }, Readable.from(tarWithBadNameAfter(3))),
  ],
  [
    "a damaged gzip stream",
    "invalid_input",
    () => send({ route: DAEMON_ROUTES.archive, query: at("/b", { format: "tar.gz" }) }, Readable.from(damagedGzip())),
  ],
  [
    "a body that is not an archive",
    "invalid_input",
    () => send({ route: DAEMON_ROUTES.archive, query: at("/c", { format: "tar" }) }, largeBody()),
  ],
  [
    "a part that is longer than its content-range",
    "invalid_input",
    () => {
      const headers = { "content-range": `bytes 0-99/${MiB}` };
      return send({ route: DAEMON_ROUTES.content, query: at("/d", { upload: "too-long" }), headers }, largeBody());
    },
  ],
  [
    "a JSON body above the limit",
    "limit_exceeded",
    () => files.session.json({ method: "POST", route: DAEMON_ROUTES.makeDirectory, body: largeBody() }),
  ],
];

const smallDisk = await findSmallDiskForTests();

describe.skipIf(smallDisk.reason !== null)("a disk that fills up during an upload", () => {
  const DISK_MEBIBYTES = 16;
  let disk: SmallDisk;
  let session: DaemonSession;
  beforeAll(async () => {
    disk = await openSmallDisk(DISK_MEBIBYTES);
    const roots = { "/workspace": disk.path };
    session = await files.fixture.session(await files.fixture.startDaemon({ incarnationId: "small-disk", roots }));
  });
  afterAll(() => disk[Symbol.asyncDispose]());

  const put = (route: PutRoute, query: DaemonCall["query"], body: Readable, headers: DaemonCall["headers"] = {}) =>
    session.json({ method: "PUT", route, query: query ?? {}, headers: headers ?? {}, body });
  const total = BODY_MEBIBYTES * MiB;
  const range = { "content-range": `bytes 0-${total - 1}/${total}` };

  test.each([
    ["a whole file", () => put(DAEMON_ROUTES.content, at("/whole"), largeBody())],
    ["a part of an upload", () => put(DAEMON_ROUTES.content, at("/part", { upload: "full" }), largeBody(), range)],
  ])("rejects %s with disk_full and frees its space", async (_, send) => {
    await expect(send()).rejects.toMatchObject(problem("disk_full", { retryable: false }));
    await expect.poll(() => disk.freeBytes()).toBe(DISK_MEBIBYTES * MiB);
  });

  test("rejects an archive with disk_full and keeps no partial file", async () => {
    const archive = Readable.from(tarWithBadNameAfter(-1));
    const sent = put(DAEMON_ROUTES.archive, at("/unpacked", { format: "tar" }), archive);
    await expect(sent).rejects.toMatchObject(problem("disk_full"));
    const listed = await session.json({
      method: "GET",
      route: DAEMON_ROUTES.list,
      query: at("/unpacked"),
    });
    expect(listed.entries.map(({ size }) => size)).toEqual(listed.entries.map(() => MiB));
    await session.json({ method: "POST", route: DAEMON_ROUTES.delete }, { ...at("/unpacked"), recursive: true });
  });

  test("still deletes files when no byte is free", async () => {
    await put(DAEMON_ROUTES.content, at("/kept"), Readable.from([Buffer.alloc(MiB)]));
    await disk.fill();
    await session.json({ method: "POST", route: DAEMON_ROUTES.delete }, at("/kept"));
    expect(await disk.freeBytes()).toBeGreaterThanOrEqual(MiB);
    await disk.drain();
  });
});

describe("a rejection in the middle of a body", () => {
  test.each(REJECTIONS)("%s is reported as %s, not as a lost connection", async (_, code, reject) => {
    await expect(reject()).rejects.toMatchObject(problem(code, { retryable: false }));
    // The connection stays usable.
    await files.session.json({ method: "GET", route: DAEMON_ROUTES.status });
  });

  test("leaves nothing of the body behind", async () => {
    const query = { root: "/workspace", upload: "too-long" };
    const asked = files.session.bytes({ method: "HEAD", route: DAEMON_ROUTES.upload, query });
    await expect(asked).rejects.toMatchObject(problem("not_found"));
  });
});
