import { LIMITS } from "@berth/domain";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalWorkspace, openLocalWorkspace } from "./testing/local-workspace.ts";
import { rawRequest } from "./testing/raw-request.ts";

const LATIN1 = Buffer.from("caf\u00e9 = 1\n", "latin1");

let files: LocalWorkspace;
beforeAll(async () => {
  files = await openLocalWorkspace();
});
afterAll(() => files[Symbol.asyncDispose]());

/** The names of all entries in the root. */
const names = async () =>
  (await files.ask("list", {})).data.entries.map((entry: { name: string }) => entry.name) as string[];

describe("bytes that are not UTF-8", () => {
  test("files.read rejects them as text, and the encoding in its message reads and writes them unchanged", async () => {
    await files.put("/latin1.txt", LATIN1);
    const asText = await files.ask("read", { path: "/latin1.txt" });
    expect(asText.problem).toMatchObject({ code: "invalid_input", details: { encoding: "base64" } });
    const { data } = await files.ask("read", { path: "/latin1.txt", encoding: asText.problem?.details?.encoding });
    expect(Buffer.from(data.content, "base64")).toEqual(LATIN1);
    await files.ask("write", { path: "/copy.txt", content: data.content, encoding: "base64" });
    expect(await files.bytesOf("/copy.txt")).toEqual(LATIN1);
  });

  test("a file larger than one response is read as text without a split character", async () => {
    const text = `${"x".repeat((1 << 20) - 1)}\u20actail`;
    await files.put("/large.txt", text);
    const first = await files.ask("read", { path: "/large.txt" });
    const offset = Buffer.byteLength(first.data.content);
    const second = await files.ask("read", { path: "/large.txt", offset });
    expect([first.data.truncated, second.data.truncated]).toEqual([true, false]);
    expect(first.data.content + second.data.content === text).toBe(true);
  });

  test("a byte order mark is kept", async () => {
    await files.put("/bom.txt", "\ufeffhello");
    const { data } = await files.ask("read", { path: "/bom.txt" });
    await files.ask("write", { path: "/bom.txt", content: data.content, ifMatch: data.etag });
    expect((await files.bytesOf("/bom.txt")).toString("hex")).toBe(Buffer.from("\ufeffhello").toString("hex"));
  });

  test("a body with them is rejected and writes nothing", async () => {
    const input = { workspaceId: files.workspace.id, root: "/workspace", path: "/from-body.txt", content: "caf\u00e9" };
    const response = await files.api.request("/trpc/files.write", {
      method: "POST",
      body: Buffer.from(JSON.stringify(input), "latin1"),
      headers: { "content-type": "application/json" },
    });
    expect([response.status, response.problem?.code]).toEqual([400, "invalid_input"]);
    expect(response.problem?.message).toContain("UTF-8");
    expect(await names()).not.toContain("from-body.txt");
  });

  test.each([
    ["percent-encoded", "caf%E9"],
    ["truncated", "caf%C3"],
    ["as an overlong slash", "a%C0%AFb"],
    ["half a surrogate pair", "a%ED%A0%80"],
  ])("a name with them in an address is rejected: %s", async (_how, name) => {
    const before = await names();
    const response = await rawRequest(files.api, "PUT", files.at(`/${name}`));
    expect([response.status, response.problem?.code]).toEqual([400, "invalid_input"]);
    const input = encodeURIComponent(
      JSON.stringify({ workspaceId: files.workspace.id, root: "/workspace", path: "@" }),
    );
    const read = await rawRequest(files.api, "GET", `/trpc/files.read?input=${input.replace("%40", name)}`);
    expect([read.status, read.problem?.code]).toEqual([400, "invalid_input"]);
    expect(await names()).toEqual(before);
  });

  test("invalid base64 is rejected and writes nothing", async () => {
    const response = await files.ask("write", { path: "/damaged", content: "AAAA=AAAA", encoding: "base64" });
    expect(response.problem).toMatchObject({ code: "invalid_input", details: { field: "content" } });
    expect(await names()).not.toContain("damaged");
  });
});

test("lone surrogates are rejected in names and in contents", async () => {
  const before = await names();
  const wrong = [
    { path: "n\ud800", content: "first" },
    { path: "ok", content: "\udfff" },
  ];
  for (const input of wrong) expect((await files.ask("write", input)).problem?.code).toBe("invalid_input");
  expect((await files.ask("move", { from: "/latin1.txt", to: "/x\udfff" })).problem?.code).toBe("invalid_input");
  expect(await names()).toEqual(before);
});

test("the longest allowed path reaches the workspace, even percent-encoded", async () => {
  const path = `/${Array.from({ length: 40 }, () => "\u4e2d".repeat(85)).join("/")}/${"\u4e2d".repeat(58)}`;
  expect(path.length).toBe(LIMITS.filePathCharsMax - 1);
  const address = path.split("/").map(encodeURIComponent).join("/");
  expect((await files.put(address, "found it")).status).toBe(200);
  expect((await files.get(address)).text).toBe("found it");
  expect((await files.ask("read", { path })).data.content).toBe("found it");
});
