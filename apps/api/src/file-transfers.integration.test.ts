import { execFile } from "node:child_process";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, readdir, readlink, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fileWrittenShape } from "./testing/api-shapes.ts";
import { authorized, type LocalWorkspace, openLocalWorkspace, stretch } from "./testing/local-workspace.ts";
import { until } from "./testing/test-api.ts";

const run = promisify(execFile);
const sha256 = (bytes: Buffer | string) => createHash("sha256").update(bytes).digest("hex");

let files: LocalWorkspace;
beforeAll(async () => {
  files = await openLocalWorkspace();
});
afterAll(() => files[Symbol.asyncDispose]());

describe("an interrupted upload", () => {
  test("resumes where it ended, and returns the whole file's checksum", async () => {
    const content = randomBytes(3_000_000);
    const upload = randomUUID();
    const path = `${files.at("/resumed.bin")}?upload=${upload}`;
    const stored = async () => {
      const head = await files.api.request(path, { method: "HEAD" });
      return Number(head.headers.get("upload-offset")) || undefined;
    };
    const sending = send(path, content.subarray(0, 1_200_000), {
      "content-range": `bytes 0-${content.length - 1}/${content.length}`,
    });
    // Wait for it: a cut before the first byte leaves nothing to resume.
    await until(stored);
    await sending.cut();
    const offset = await until(stored);
    expect(offset).toBeGreaterThan(0);
    expect((await files.get("/resumed.bin")).status).toBe(404);

    const wrong = await files.api.request(path, {
      method: "PUT",
      body: "x",
      headers: { "content-range": `bytes 1-1/${content.length}` },
    });
    expect([wrong.status, wrong.problem?.code, wrong.problem?.details]).toEqual([
      409,
      "upload_offset_mismatch",
      { offset: expect.any(Number) },
    ]);
    const from = Number(wrong.problem?.details?.offset);
    const middle = from + 500_000;
    const part = (start: number, end: number) =>
      files.api.request(path, {
        method: "PUT",
        body: content.subarray(start, end),
        headers: { "content-range": `bytes ${start}-${end - 1}/${content.length}` },
      });
    const partly = await part(from, middle);
    expect([partly.status, partly.data]).toEqual([202, { offset: middle }]);
    const whole = await part(middle, content.length);
    expect(fileWrittenShape.parse(whole.data)).toMatchObject({ size: content.length, sha256: sha256(content) });
    expect(sha256(await files.bytesOf("/resumed.bin"))).toBe(sha256(content));
    expect((await files.api.request(path, { method: "HEAD" })).status).toBe(404);
  });

  test("can be cancelled", async () => {
    const path = `${files.at("/given-up.bin")}?upload=${randomUUID()}`;
    await files.api.request(path, { method: "PUT", body: "12345", headers: { "content-range": "bytes 0-4/10" } });
    expect((await files.api.request(path, { method: "HEAD" })).headers.get("upload-offset")).toBe("5");
    expect((await files.api.request(path, { method: "DELETE" })).status).toBe(204);
    expect((await files.api.request(path, { method: "HEAD" })).status).toBe(404);
    expect((await files.api.request(files.at("/given-up.bin"), { method: "DELETE" })).problem?.code).toBe(
      "invalid_input",
    );
  });

  test("without an id leaves nothing behind, and an older file unchanged", async () => {
    await files.put("/kept.txt", "kept");
    expect(await unfinished()).toEqual([]);
    for (const name of ["/kept.txt", "/never.txt"]) {
      const sending = send(files.at(name), randomBytes(500_000), { "content-length": "1000000" });
      await until(async () => ((await unfinished()).length > 0 ? true : undefined));
      await sending.cut();
      await until(async () => ((await unfinished()).length === 0 ? true : undefined));
    }
    expect((await files.bytesOf("/kept.txt")).toString()).toBe("kept");
    expect((await files.get("/never.txt")).status).toBe(404);
  });
});

describe("archives", () => {
  let scratch: string;
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), "berth-archive-"));
    await files.put("/tree/a.txt", "a");
    await files.put(`/tree/sub/${encodeURIComponent("ü b.bin")}`, randomBytes(70_000));
  });
  afterAll(() => rm(scratch, { recursive: true }));

  test.each(["tar", "tar.gz", "zip"])("a folder as %s", async (format) => {
    const response = await files.get(`/tree?archive=${format}`);
    expect(response.headers.get("content-disposition")).toBe(`attachment; filename*=UTF-8''tree.${format}`);
    const file = join(scratch, `tree.${format}`);
    await writeFile(file, await files.bytesOf(`/tree?archive=${format}`));
    const listing = format === "zip" ? run("python3", ["-m", "zipfile", "-l", file]) : run("tar", ["-tf", file]);
    const { stdout } = await listing;
    expect(stdout).toContain("a.txt");
    expect(stdout).toMatch(/sub\//);
    const head = await files.api.request(files.at(`/tree?archive=${format}`), { method: "HEAD" });
    expect([head.status, head.headers.get("content-type")]).toEqual([200, response.headers.get("content-type")]);
  });

  test("a root works without a trailing slash", async () => {
    for (const path of ["?archive=tar", "/?archive=tar"]) {
      const { status, headers } = await files.get(path);
      expect([path, status, headers.get("content-disposition")]).toEqual([
        path,
        200,
        "attachment; filename*=UTF-8''workspace.tar",
      ]);
    }
  });

  test("an uploaded archive restores the same tree below another folder", async () => {
    const archive = await files.bytesOf("/tree?archive=tar.gz");
    const response = await files.put("/copy?extract=tar.gz", archive);
    expect(response.data).toMatchObject({ files: 2, links: 0 });
    expect(sha256(await files.bytesOf(`/copy/sub/${encodeURIComponent("ü b.bin")}`))).toBe(
      sha256(await files.bytesOf(`/tree/sub/${encodeURIComponent("ü b.bin")}`)),
    );
    expect((await files.put("/copy?extract=zip", archive)).problem?.code).toBe("invalid_input");
    expect((await files.put("/copy?extract=tar", randomBytes(2000))).problem?.code).toBe("invalid_input");
    expect((await files.get("/tree?archive=rar")).problem?.message).toContain("tar.gz");
    expect((await files.get("/tree")).problem?.message).toContain("archive");
    expect((await files.api.request(files.at("/tree"), { method: "HEAD" })).status).toBe(400);
  });
});

describe("a cancelled download", () => {
  test("ends in the daemon too", async () => {
    await files.put("/large.bin", "x");
    await stretch(files.api, "large.bin");
    const ended = new AbortController();
    const response = await fetch(`${files.api.url}${files.at("/large.bin")}`, {
      signal: ended.signal,
      headers: authorized(files.api),
    });
    await response.body?.getReader().read();
    await until(async () => ((await readersOf("large.bin")) > 0 ? true : undefined));
    ended.abort();
    await until(async () => ((await readersOf("large.bin")) === 0 ? true : undefined));
  });

  test("fails instead of ending normally when the instance disappears", async () => {
    const interrupted = await files.api.workspace({ name: "interrupted" });
    const url = `${files.api.url}/files/${interrupted.id}/workspace/interrupted.bin`;
    const headers = authorized(files.api);
    await fetch(url, { method: "PUT", headers, body: "x" });
    await stretch(files.api, "interrupted.bin");
    const response = await fetch(url, { headers });
    const reader = response.body?.getReader();
    await reader?.read();
    await files.api.call("workspaces.restart", { id: interrupted.id });
    await expect(
      (async () => {
        while (!(await reader?.read())?.done);
      })(),
    ).rejects.toThrow();
  });
});

/** Counts the open files with this name in all processes. */
async function readersOf(name: string): Promise<number> {
  let found = 0;
  for (const pid of (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry))) {
    const fds = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const fd of fds) {
      const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => "");
      if (target.endsWith(`/${name}`)) found += 1;
    }
  }
  return found;
}

/** Lists the scratch files next to the workspace's files during a write. */
async function unfinished(): Promise<string[]> {
  const { api, workspace } = files;
  const root = join(api.dataDirectory, "volumes", workspace.volume?.id ?? "", "workspace");
  const names = await readdir(join(root, ".berth-daemon")).catch(() => []);
  return names.filter((name) => name !== "made-by-berth");
}

/** Sends a part of a longer body and keeps the connection open until it is cut. */
function send(path: string, bytes: Buffer, headers: Record<string, string>): { cut(): Promise<void> } {
  const sending = request(`${files.api.url}${path}`, { method: "PUT", headers: authorized(files.api, { headers }) });
  const closed = new Promise<void>((resolve) => void sending.once("close", resolve));
  sending.on("error", () => {});
  sending.write(bytes);
  return {
    cut() {
      sending.destroy();
      return closed;
    },
  };
}
