import { randomUUID } from "node:crypto";
import { chmod, mkdir, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestBerth, type TestBerth } from "./testing/test-berth.ts";

let berth: TestBerth;
beforeAll(async () => {
  berth = await openTestBerth();
});
afterAll(() => berth[Symbol.asyncDispose]());

const signedOut = { BERTH_URL: undefined, BERTH_TOKEN: undefined };

/** The exit code, the code for scripts and the next step of a failing command. */
async function failureOf(args: readonly string[], env: Record<string, string | undefined> = {}) {
  const [text, json] = await Promise.all([
    berth.run(args, { env }),
    berth.run([...args.slice(0, 1), "--json", ...args.slice(1)], { env }),
  ]);
  expect(text.stdout + json.stdout).toBe("");
  const { error } = JSON.parse(json.stderr);
  expect([text.code, json.code]).toEqual([error.exitCode, error.exitCode]);
  // Text for a person is the same message and then the next step.
  expect(text.stderr).toBe(`berth: ${error.message}\n${error.next}\n`);
  return error;
}

describe("an error says what to do next", () => {
  test("without signing in", async () => {
    expect(await failureOf(["ls"], signedOut)).toMatchObject({
      ...{ exitCode: 3, code: "not_signed_in", next: expect.stringContaining("berth login --url") },
    });
  });

  test("with a wrong token", async () => {
    expect(await failureOf(["ls"], { BERTH_TOKEN: "wrong" })).toMatchObject({
      ...{
        exitCode: 3,
        code: "unauthenticated",
        next: `Sign in with a valid token: berth login --url ${berth.api.url}`,
      },
    });
  });

  test("without a server", async () => {
    expect(await failureOf(["ls"], { BERTH_URL: "http://127.0.0.1:1" })).toMatchObject({
      ...{ exitCode: 6, code: "unreachable", next: expect.stringContaining("BERTH_URL") },
    });
  });

  test("with a server that is not Berth", async () => {
    const server = createServer((_request, response) => response.end("<html>")).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await failureOf(["ls"], { BERTH_URL: url })).toMatchObject({ exitCode: 6, code: "not_berth" });
    server.close();
  });

  test("with an address that is not one", async () => {
    expect(await failureOf(["ls"], { BERTH_URL: "berth.example.com" })).toMatchObject({ exitCode: 2, code: "usage" });
  });

  test("with an unknown workspace, by name and by id", async () => {
    const unknown = { exitCode: 4, code: "not_found", next: "List the workspaces: berth ls" };
    expect(await failureOf(["info", "nothing"])).toMatchObject(unknown);
    expect(await failureOf(["info", randomUUID()])).toMatchObject(unknown);
  });

  test("with an ambiguous name, which lists the ids", async () => {
    const create = async (name: string, parentId?: string) =>
      (await berth.client.workspaces.create.mutate(parentId ? { name, parentId } : { name })).workspace.id;
    const parent = await create("parent");
    const ids = [await create("twin"), await create("twin", parent)];
    // The list shows statuses, which must not change between the two runs that are compared.
    const starting = () => berth.client.workspaces.list.query({ status: "provisioning" });
    await expect.poll(async () => (await starting()).items).toEqual([]);
    const failure = await failureOf(["info", "twin"]);
    expect(failure).toMatchObject({ exitCode: 5, code: "ambiguous_name" });
    expect(failure.details.ids.toSorted()).toEqual(ids.toSorted());
    for (const id of ids) expect(failure.next).toContain(id);
    expect((await berth.run(["info", ids[1] ?? "", "--json"])).json).toMatchObject({ name: "twin", parentId: parent });
  });

  test("with a name that is taken", async () => {
    await berth.client.workspaces.create.mutate({ name: "taken" });
    expect(await failureOf(["create", "taken"])).toMatchObject({ exitCode: 5, code: "name_taken" });
  });

  test("with a port that is no port, or is not shared", async () => {
    const { workspace } = await berth.client.workspaces.create.mutate({ name: "listener" });
    const status = async () => (await berth.client.workspaces.get.query({ id: workspace.id })).status;
    await expect.poll(status).toBe("online");
    expect(await berth.run(["share", "listener", "http"])).toMatchObject({ code: 2, stdout: "" });
    expect(await berth.run(["share", "listener", "80", "--expires", "soon"])).toMatchObject({ code: 2, stdout: "" });
    expect(await berth.run(["unshare", "listener", "8321"])).toMatchObject({ code: 4, stdout: "" });
  });

  test("with a name that nearly exists", async () => {
    await berth.client.workspaces.create.mutate({ name: "nearly there" });
    expect(await failureOf(["info", "nearly"])).toMatchObject({ next: 'Similar names: "nearly there"' });
  });

  test("with an unknown command or option, on stderr and with exit code 2", async () => {
    const command = await berth.run(["creat", "x"]);
    expect(command).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("Did you mean create?") });
    expect(await berth.run(["ls", "--no-such-option"])).toMatchObject({ code: 2, stdout: "" });
    const { stderr } = await berth.run(["ls", "--json", "--no-such-option"]);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: "usage", exitCode: 2 } });
    expect(await berth.run(["tokens"])).toMatchObject({ code: 2, stdout: "" });
  });

  test("when exec itself fails: 125, which no problem of the command has", async () => {
    expect(await berth.run(["exec", "nothing", "true"])).toMatchObject({ code: 125 });
  });
});

describe("signing in", () => {
  test("with a wrong token saves nothing", async () => {
    const env = { ...signedOut, BERTH_CONFIG_DIR: join(berth.folder, "wrong") };
    const ran = await berth.run(["login", "--url", berth.api.url, "--token-stdin"], { env, stdin: "wrong\n" });
    expect(ran).toMatchObject({ code: 3, stdout: "" });
    expect(await berth.run(["ls"], { env })).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("not signed in"),
    });
  });

  test("sends a saved token to no other address", async () => {
    const env = { ...signedOut, BERTH_CONFIG_DIR: join(berth.folder, "other") };
    const stdin = await berth.api.ownerToken();
    await berth.run(["login", "--url", berth.api.url, "--token-stdin"], { env, stdin });
    const requests: string[] = [];
    const server = createServer((request, response) => {
      requests.push(`${request.headers.authorization}`);
      response.end("{}");
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await berth.run(["ls"], { env: { ...env, BERTH_URL: url } })).toMatchObject({ code: 3 });
    expect(requests).toEqual([]);
    server.close();
  });

  test("replaces a token file that others could read", async () => {
    const directory = join(berth.folder, "open");
    await mkdir(directory);
    await writeFile(join(directory, "credentials.json"), "{}");
    await chmod(join(directory, "credentials.json"), 0o644);
    const env = { ...signedOut, BERTH_CONFIG_DIR: directory };
    await berth.run(["login", "--url", berth.api.url], { env, stdin: await berth.api.ownerToken() });
    const { mode } = await stat(join(directory, "credentials.json"));
    expect(mode & 0o777).toBe(0o600);
  });
});

test("a Berth where every request names its org works with the org, and names it in the error without", async () => {
  await using other = await openTestBerth({ orgId: "acme" });
  const env = { ...signedOut, BERTH_CONFIG_DIR: join(other.folder, "org") };
  const login = (...more: string[]) =>
    other.api.ownerToken().then((stdin) => other.run(["login", "--url", other.api.url, ...more], { env, stdin }));
  expect(await login()).toMatchObject({ code: 6, stderr: expect.stringContaining("--org <id>") });
  expect(await login("--org", "acme")).toMatchObject({ code: 0 });
  expect(await other.run(["create", "guarded"], { env })).toMatchObject({ code: 0 });
  expect(await other.run(["exec", "guarded", "cat"], { env, stdin: "in" })).toMatchObject({ code: 0, stdout: "in" });
  expect(await other.run(["cp", "-", "guarded:x"], { env, stdin: "x" })).toMatchObject({ code: 0 });
  expect(await other.run(["shell", "guarded"], { env, stdin: "exit 3\n" })).toMatchObject({ code: 3 });
  expect(await other.run(["ls"], { env: { ...env, BERTH_ORG_ID: "other" } })).toMatchObject({ code: 6 });
});

test("--help shows examples, and nothing is coloured without a terminal", async () => {
  for (const args of [["--help"], ["exec", "--help"], ["saved", "erase", "--help"]]) {
    const { code, stdout } = await berth.run(args);
    expect(code).toBe(0);
    expect(stdout).toContain("Examples:\n  berth ");
    expect(stdout).not.toContain("\u001b");
  }
});
