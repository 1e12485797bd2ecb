import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { errorBodyShape } from "./testing/api-shapes.ts";
import { rawRequest } from "./testing/raw-request.ts";
import { openTestApi, type TestApi } from "./testing/test-api.ts";

const PAGES = {
  "index.html": "<h1>map</h1>",
  "settings.html": "<h1>settings</h1>",
  "404.html": "<h1>nothing here</h1>",
  "icon.svg": "<svg/>",
  "_next/static/chunk.js": "console.log('chunk')",
  ".hidden": "secret",
  "inner/.env": "secret",
};

let root: string;
let api: TestApi;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "berth-canvas-"));
  await writeFile(join(root, "package.json"), '{"version":"9.9.9"}');
  for (const [name, content] of Object.entries(PAGES)) {
    const path = join(root, "apps/canvas/out", name);
    await mkdir(join(path, ".."), { recursive: true });
    await writeFile(path, content);
  }
  await writeFile(join(root, "apps/canvas/out/_next/static/chunk.js.br"), brotliCompressSync("console.log('chunk')"));
  api = await openTestApi({ root });
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await rm(root, { recursive: true });
});

const page = { token: null, headers: { accept: "text/html" } };

describe("the canvas", () => {
  test.each([
    ["/", "map"],
    ["/?workspace=abc&panel=files", "map"],
    ["/settings", "settings"],
    ["/settings.html", "settings"],
  ])("%s is a page that is revalidated each time and loads nothing from other origins", async (path, text) => {
    const { status, headers, text: body } = await api.request(path, page);
    expect([status, body]).toEqual([200, `<h1>${text}</h1>`]);
    expect(headers.get("cache-control")).toBe("no-cache");
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    const head = await api.request(path, { ...page, method: "HEAD" });
    expect([head.status, head.headers.get("content-length")]).toEqual([200, String(body.length)]);
  });

  test("a file with a content hash in its name is immutable and compressed", async () => {
    const response = await api.request("/_next/static/chunk.js", { token: null, headers: { "accept-encoding": "br" } });
    expect(response.text).toBe("console.log('chunk')");
    expect(response.headers.get("content-encoding")).toBe("br");
    expect(response.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect((await api.request("/icon.svg", { token: null })).headers.get("cache-control")).toBe("no-cache");
  });

  test("a missing page is an HTML page with 404, and any other missing address is a problem", async () => {
    const missing = await api.request("/no/such/page", page);
    expect([missing.status, missing.text]).toEqual([404, "<h1>nothing here</h1>"]);
    expect(missing.headers.get("content-security-policy")).toContain("default-src 'self'");
    const script = await api.request("/_next/static/old.js", { token: null });
    errorBodyShape.parse(script.data);
    expect(script.status).toBe(404);
    expect((await api.request("/no/such/page", { ...page, method: "POST" })).problem?.code).toBe("not_found");
    // No file can have this name.
    expect((await api.request(`/${"x".repeat(5000)}`, { token: null })).problem?.code).toBe("not_found");
  });

  test("a method other than GET is 405 for an existing file, and 404 otherwise", async () => {
    const responses = await Promise.all(
      ["/", "/settings", "/icon.svg", "/_next/static", "/.hidden", `/${"x".repeat(5000)}`, "/no/such/page"].map(
        async (path) => {
          const { status, headers, data } = await api.request(path, { ...page, method: "POST" });
          errorBodyShape.parse(data);
          return [path.slice(0, 20), status, headers.get("allow")];
        },
      ),
    );
    expect(responses).toEqual([
      ["/", 405, "GET, HEAD"],
      ["/settings", 405, "GET, HEAD"],
      ["/icon.svg", 405, "GET, HEAD"],
      ["/_next/static", 404, null],
      ["/.hidden", 404, null],
      [`/${"x".repeat(19)}`, 404, null],
      ["/no/such/page", 404, null],
    ]);
  });

  test("an unsatisfiable range and a failed condition are problems", async () => {
    const ranged = await api.request("/icon.svg", { token: null, headers: { range: "bytes=999-" } });
    expect([ranged.status, ranged.problem?.code]).toEqual([416, "range_not_satisfiable"]);
    errorBodyShape.parse(ranged.data);
    const matched = await api.request("/icon.svg", { token: null, headers: { "if-match": '"other"' } });
    expect([matched.status, matched.problem?.code]).toEqual([412, "precondition_failed"]);
    errorBodyShape.parse(matched.data);
  });

  test("no other files of the disk are served", async () => {
    for (const [path, status] of [
      ["/.hidden", 404],
      ["/inner/.env", 404],
      ["/../package.json", 404],
      ["/..%2f..%2f..%2fpackage.json", 404],
      ["/%2e%2e/%2e%2e/package.json", 404],
    ] as const) {
      const response = await rawRequest(api, "GET", path);
      expect([path, response.status, response.text.includes("9.9.9")]).toEqual([path, status, false]);
      expect(response.text).not.toContain("secret");
    }
  });

  test("a later build is served without a restart", async () => {
    await writeFile(join(root, "apps/canvas/out/later.html"), "<h1>later</h1>");
    expect((await api.request("/later", page)).text).toBe("<h1>later</h1>");
  });

  test("without a build tells how to build it, and the API works", async () => {
    const bare = await mkdtemp(join(tmpdir(), "berth-no-canvas-"));
    await writeFile(join(bare, "package.json"), '{"version":"1.2.3"}');
    await using without = await openTestApi({ root: bare });
    const response = await without.request("/", page);
    expect([response.status, response.text]).toEqual([503, "The canvas is not built. Run: npx --yes pnpm@12 build\n"]);
    expect((await without.call("system.info")).data.version).toBe("1.2.3");
    await rm(bare, { recursive: true });
  });
});
