import { createHash, randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fileWrittenShape } from "./testing/api-shapes.ts";
import { type LocalWorkspace, openLocalWorkspace } from "./testing/local-workspace.ts";
import { rawRequest } from "./testing/raw-request.ts";
import type { ApiResponse } from "./testing/test-api.ts";

const sha256 = (bytes: Buffer | string) => createHash("sha256").update(bytes).digest("hex");

let files: LocalWorkspace;
beforeAll(async () => {
  files = await openLocalWorkspace();
});
afterAll(() => files[Symbol.asyncDispose]());

describe("one file", () => {
  test("PUT returns what was written, and GET and HEAD agree with it", async () => {
    const content = randomBytes(300_000);
    const written = await files.put("/deep/er/a.bin", content);
    expect(fileWrittenShape.parse(written.data)).toMatchObject({
      path: "/deep/er/a.bin",
      size: 300_000,
      sha256: sha256(content),
    });
    expect(sha256(await files.bytesOf("/deep/er/a.bin"))).toBe(sha256(content));
    const head = await files.api.request(files.at("/deep/er/a.bin"), { method: "HEAD" });
    const whole = await files.get("/deep/er/a.bin");
    for (const { headers, status } of [head, whole]) {
      expect(status).toBe(200);
      expect(headers.get("etag")).toBe(written.data.etag);
      expect(headers.get("content-length")).toBe("300000");
      expect(headers.get("accept-ranges")).toBe("bytes");
    }
    // Ignore connection headers, which are between the client and its socket.
    const ofTheFile = (name: string) => !["date", "connection", "keep-alive"].includes(name);
    const namesOf = (response: ApiResponse) => [...response.headers.keys()].filter(ofTheFile);
    expect(namesOf(head)).toEqual(namesOf(whole));
  });

  test("an empty one can be sent with a length or in chunks", async () => {
    expect((await files.put("/empty", "")).data).toMatchObject({ size: 0, sha256: sha256("") });
    expect((await files.put("/empty-chunked", new Blob([]).stream(), {}, { duplex: "half" })).data).toMatchObject({
      size: 0,
    });
    expect((await files.bytesOf("/empty")).length).toBe(0);
  });

  test.each([
    ["bytes=0-4", 206, "01234", "bytes 0-4/10"],
    ["bytes=7-", 206, "789", "bytes 7-9/10"],
    ["bytes=-2", 206, "89", "bytes 8-9/10"],
    ["bytes=5-999", 206, "56789", "bytes 5-9/10"],
    ["bytes=4-2", 200, "0123456789", null],
    ["lines=1-2", 200, "0123456789", null],
  ])("Range %s", async (range, status, text, contentRange) => {
    await files.put("/ten", "0123456789");
    const response = await files.get("/ten", { range });
    expect([response.status, response.text, response.headers.get("content-range")]).toEqual([
      status,
      text,
      contentRange,
    ]);
  });

  test("If-Range returns a part of the same file, and the whole of a changed one", async () => {
    const { data } = await files.put("/ten", "0123456789");
    expect((await files.get("/ten", { range: "bytes=0-1", "if-range": data.etag })).status).toBe(206);
    const changed = await files.get("/ten", { range: "bytes=0-1", "if-range": '"older"' });
    expect([changed.status, changed.text]).toEqual([200, "0123456789"]);
  });

  test("If-None-Match returns 304 on reads, and allows only new files on writes", async () => {
    const { data } = await files.put("/same", "same");
    const unchanged = await files.get("/same", { "if-none-match": data.etag });
    expect([unchanged.status, unchanged.text, unchanged.headers.get("etag")]).toEqual([304, "", data.etag]);
    expect((await files.get("/same", { "if-none-match": '"other"' })).status).toBe(200);
    const taken = await files.put("/same", "new", { "if-none-match": "*" });
    expect([taken.status, taken.problem?.code]).toEqual([409, "etag_mismatch"]);
    expect((await files.put(`/new-${randomUUID()}`, "new", { "if-none-match": "*" })).status).toBe(200);
  });

  test("If-Match lets one of two writers win, and gives the other both etags", async () => {
    const { data } = await files.put("/edited", "first");
    const both = await Promise.all(["a", "b"].map((text) => files.put("/edited", text, { "if-match": data.etag })));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    const won = both.find(({ status }) => status === 200);
    const lost = both.find(({ status }) => status === 409);
    expect(lost?.problem?.code).toBe("etag_mismatch");
    expect(lost?.problem?.details).toEqual({ expected: data.etag, actual: won?.data.etag });
  });

  test("the procedures and the byte route agree", async () => {
    const { data } = await files.put("/agree.txt", "über\n");
    const read = await files.ask("read", { path: "/agree.txt" });
    expect(read.data).toEqual({ content: "über\n", encoding: "utf8", size: 6, etag: data.etag, truncated: false });
    expect((await files.ask("stat", { path: "agree.txt" })).data).toMatchObject({
      etag: data.etag,
      size: 6,
      kind: "file",
    });
    const written = await files.ask("write", { path: "agree.txt", content: "AAEC/w==", encoding: "base64" });
    expect([...(await files.bytesOf("/agree.txt"))]).toEqual([0, 1, 2, 255]);
    expect((await files.get("/agree.txt")).headers.get("etag")).toBe(written.data.etag);
    for (const path of ["/missing", "/agree.txt/below"]) {
      const [byRoute, byProcedure] = [await files.get(path), await files.ask("read", { path })];
      expect([path, byRoute.status, byRoute.problem]).toEqual([path, byProcedure.status, byProcedure.problem]);
    }
    const listed = await files.ask("list", { path: "/" });
    expect(listed.data.entries.map((entry: { name: string }) => entry.name)).toContain("agree.txt");
  });
});

describe("names", () => {
  test.each([
    "a b",
    "a?b",
    "a#b",
    "100%",
    "%41",
    "%2F literally",
    "new\nline",
    "tab\there",
    "ünïcödé",
    "e\u0301",
    "🚢 emoji",
    "-rf",
    ".hidden",
    "semi;colon",
    "a&b=c+d",
    'q"uote',
    "back\\slash",
    "...",
    "~",
    "C:",
    "con",
    "a".repeat(255),
    "ñ".repeat(127),
  ])("%j is returned unchanged", async (name) => {
    const path = `/names/${encodeURIComponent(name)}`;
    expect((await files.put(path, name)).data).toMatchObject({ path: `/names/${name}` });
    expect((await files.bytesOf(path)).toString()).toBe(name);
    const { data } = await files.ask("list", { path: "/names", limit: 1000 });
    expect(data.entries.map((entry: { name: string }) => entry.name)).toContain(name);
    expect((await files.ask("read", { path: `/names/${name}` })).data.content).toBe(name);
  });

  test("a download is named after its file for any name", async () => {
    await files.put(`/${encodeURIComponent("r'é*(1).txt")}`, "x");
    const { headers } = await files.get(`/${encodeURIComponent("r'é*(1).txt")}?download`);
    expect(headers.get("content-disposition")).toBe("attachment; filename*=UTF-8''r%27%C3%A9%2A%281%29.txt");
  });

  test.each([
    ["a slash inside a name", "/a%2Fb", 400, "path_not_allowed"],
    ["a slash inside a name, in lower case", "/a%2fb", 400, "path_not_allowed"],
    ["NUL", "/a%00b", 400, "path_not_allowed"],
    ["a path above the root", "/../../etc/passwd", 400, "path_not_allowed"],
    ["an encoded path above the root", "/%2e%2e/%2e%2e/etc/passwd", 400, "path_not_allowed"],
    ["a path that leaves the root in the middle", "/a/..%2f../b", 400, "path_not_allowed"],
    ["a name that is too long", `/${"a".repeat(256)}`, 400, "path_not_allowed"],
    ["a path that is too long", `/${"a/".repeat(1800)}`, 400, "path_not_allowed"],
    ["the daemon's own folder", "/.berth-daemon/uploads", 400, "path_not_allowed"],
    ["the root as a file", "/", 400, "invalid_input"],
    ["not UTF-8", "/%ff", 400, "invalid_input"],
  ])("%s is rejected", async (_, path, status, code) => {
    for (const method of ["GET", "PUT"]) {
      const response = await rawRequest(files.api, method, files.at(path));
      expect([method, response.status, response.problem?.code]).toEqual([method, status, code]);
    }
  });

  test("other roots and missing workspaces are rejected", async () => {
    expect((await files.api.request(`/files/${files.workspace.id}/etc/passwd`)).problem?.code).toBe("invalid_input");
    expect((await files.api.request(`/files/${files.workspace.id}/agent-home/a`)).problem?.code).toBe(
      "agent_home_not_durable",
    );
    expect((await files.api.request(`/files/${randomUUID()}/workspace/a`)).problem?.code).toBe("not_found");
    expect((await files.api.request("/files/not-a-uuid/workspace/a")).problem?.code).toBe("not_found");
    expect(
      (await files.api.request(`/files/${files.workspace.id}/configs/c.json`, { method: "PUT", body: "{}" })).status,
    ).toBe(200);
  });
});

describe("a file in a browser", () => {
  test.each([
    ["page.html", "application/octet-stream"],
    ["page.xhtml", "application/octet-stream"],
    ["script.js", "application/octet-stream"],
    ["picture.svg", "image/svg+xml"],
    ["notes.md", "text/plain; charset=utf-8"],
    ["data.json", "application/json"],
    ["no-ending", "application/octet-stream"],
    ["constructor", "application/octet-stream"],
  ])("%s cannot run on our origin", async (name, type) => {
    await files.put(`/${name}`, "<script>alert(1)</script>");
    const { headers } = await files.get(`/${name}`);
    expect(headers.get("content-type")).toBe(type);
    expect(headers.get("content-security-policy")).toMatch(/^sandbox; default-src 'none'/);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("cache-control")).toBe("private, no-cache");
    expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
  });
});

test("a path that repeats its root is rejected, unless that folder exists", async () => {
  for (const [name, input] of [
    ["write", { path: "/workspace/x", content: "x" }],
    ["makeDirectory", { path: "workspace/x/y" }],
  ] as const) {
    const response = await files.ask(name, input);
    expect(response.problem).toMatchObject({ code: "path_not_allowed", details: { root: "/workspace" } });
  }
  const names = (await files.ask("list", {})).data.entries.map((entry: { name: string }) => entry.name);
  expect(names).not.toContain("workspace");
  await files.ask("makeDirectory", { path: "/workspace" });
  expect((await files.ask("write", { path: "/workspace/x", content: "x" })).data).toMatchObject({
    path: "/workspace/x",
  });
});
