import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestBerth, ranOf, type TestBerth } from "./testing/test-berth.ts";

let berth: TestBerth;
/** Without BERTH_URL and BERTH_TOKEN, as a person who signs in. */
let unset: Record<string, string | undefined>;
beforeAll(async () => {
  berth = await openTestBerth();
  unset = { BERTH_URL: undefined, BERTH_TOKEN: undefined };
});
afterAll(() => berth[Symbol.asyncDispose]());

const run = async (args: readonly string[], stdin = "") => {
  const ran = await berth.run(args, { env: unset, stdin });
  return ran;
};

test("the whole job: sign in, create, copy, run, restart, check, erase, receipt, sign out", {
  timeout: 180_000,
}, async () => {
  const login = await run(
    ["login", "--url", `${berth.api.url}/`, "--token-stdin"],
    `${await berth.api.ownerToken()}\n`,
  );
  expect(login).toMatchObject({ code: 0, stderr: "" });
  const file = join(berth.folder, "config/credentials.json");
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await stat(join(berth.folder, "config"))).mode & 0o777).toBe(0o700);

  const created = await run(["create", "job"]);
  expect(created).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^"job" is online\. Its id is [\da-f-]{36}\.\n$/),
  });
  expect(created.stderr).toContain("✓ Start the machine");
  const { json: listed } = await run(["ls", "--json"]);
  expect(listed).toMatchObject([{ name: "job", status: "online" }]);

  await writeFile(join(berth.folder, "program.sh"), "cat; echo oops >&2; exit 3\n");
  expect(await run(["cp", "program.sh", "job:bin/program.sh"])).toMatchObject({
    code: 0,
    stdout: "Copied 1 file, 27 B, to job:/workspace/bin/program.sh.\n",
  });
  expect(await run(["exec", "job", "sh", "bin/program.sh"], "passed on\n")).toMatchObject({
    ...{ code: 3, stdout: "passed on\n", stderr: "oops\n" },
  });

  expect(await run(["restart", "job"])).toMatchObject({ code: 0, stdout: '"job" is online.\n' });
  await run(["cp", "job:/workspace/bin/program.sh", "back.sh"]);
  expect(await readFile(join(berth.folder, "back.sh"), "utf8")).toBe("cat; echo oops >&2; exit 3\n");

  const refused = await run(["rm", "job", "--erase"]);
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr).toMatch(/^This deletes:\n.*\njob +online .* erased now, with a receipt/);
  expect(refused.stderr).toContain("Add --yes, or --confirm 'job'.");
  expect(await run(["rm", "job", "--erase", "--confirm", "jab"])).toMatchObject({ code: 5 });
  const removed = await run(["rm", "job", "--erase", "--confirm", "job", "--json"]);
  expect(removed).toMatchObject({ code: 0, stderr: "" });
  expect(removed.json).toMatchObject({ operation: { status: "succeeded" }, receipts: [{ workspaceName: "job" }] });
  const receipt = await run(["saved", "receipt", "job"]);
  expect(receipt).toMatchObject({ code: 0, stdout: expect.stringContaining("covered:") });

  expect(await run(["logout"])).toMatchObject({ code: 0 });
  expect(await run(["ls"])).toMatchObject({ code: 3, stderr: expect.stringContaining("berth login") });
});

describe("saved data", () => {
  test("is listed, downloaded, restored, adopted and erased", { timeout: 180_000 }, async () => {
    const { json } = await berth.run(["create", "keeper", "--data", "persist", "--json"]);
    await berth.run(["cp", "-", "keeper:kept.txt"], { stdin: "kept" });
    expect(await berth.run(["rm", "keeper", "--yes"])).toMatchObject({ code: 0, stdout: 'Deleted "keeper".\n' });
    const { id } = json.workspace.volume ?? (await berth.run(["info", json.workspace.id, "--json"])).json.volume;
    expect((await berth.run(["saved", "list", "--json"])).json).toMatchObject([{ id, state: "retained" }]);

    await mkdir(join(berth.folder, "unpacked"));
    expect(await berth.run(["saved", "download", "keeper", "keeper.tar.gz"])).toMatchObject({ code: 0 });
    expect(await berth.run(["saved", "download", "keeper", "keeper.rar"])).toMatchObject({ code: 2 });

    expect((await berth.run(["saved", "restore", "keeper", "--json"])).json.workspace).toMatchObject({
      status: "online",
    });
    expect(await berth.run(["exec", "keeper", "cat", "kept.txt"])).toMatchObject({ code: 0, stdout: "kept" });
    await berth.run(["rm", "keeper", "--yes"]);
    expect(await berth.run(["saved", "adopt", id, "adopter"])).toMatchObject({ code: 0 });
    expect(await berth.run(["exec", "adopter", "cat", "kept.txt"])).toMatchObject({ stdout: "kept" });
    await berth.run(["rm", "adopter", "--yes"]);
    expect(await berth.run(["saved", "erase", "adopter"])).toMatchObject({ code: 2 });
    const erased = await berth.run(["saved", "erase", "adopter", "--yes", "--json"]);
    expect(erased.json).toMatchObject({ receipt: { volumeId: id } });
  });
});

test("a token of the command line works, and no longer after it is revoked", async () => {
  const { stdout: secret } = await berth.run(["tokens", "create", "ci"]);
  const env = { BERTH_TOKEN: secret.trim() };
  expect(await berth.run(["ls"], { env })).toMatchObject({ code: 0 });
  expect(await berth.run(["tokens", "list"], { env })).toMatchObject({ code: 3 });
  expect((await berth.run(["tokens", "list", "--json"])).json).toMatchObject([{ name: "ci", revokedAt: null }]);
  expect(await berth.run(["tokens", "revoke", "ci"])).toMatchObject({ code: 0, stdout: 'Revoked "ci".\n' });
  expect(await berth.run(["ls"], { env })).toMatchObject({ code: 3 });
});

test("events -f prints lines of JSON as they happen", async () => {
  const following = berth.start(["events", "-f", "--json", "--after", "0"]);
  const printed = ranOf(following);
  await once(following.stdout as NodeJS.ReadableStream, "data");
  following.kill("SIGINT");
  const { lines } = await printed;
  expect(lines[0]).toMatchObject({ sequence: 1, type: "workspace.created" });
});

test("the script of completion works in bash", async () => {
  const complete = (words: string) =>
    `source <("$0" "$1" completion bash); COMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]}-1)); _berth; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const run = async (words: string) => {
    // In the script berth is a function instead of a program on the PATH.
    const script = `berth() { "${process.execPath}" "${berth.program}" "$@"; }; ${complete(words)}`;
    const options = { env: { ...process.env, ...berth.environment } };
    return (await promisify(execFile)("bash", ["-c", script, process.execPath, berth.program], options)).stdout;
  };
  expect(await run("berth hib")).toBe("hibernate\n");
  expect(await run("berth saved rec")).toBe("receipt\n");
  await berth.client.workspaces.create.mutate({ name: "two words" });
  expect(await run("berth info two")).toBe("two\\ words\n");
});

test("pause, hibernate, wake, logs, events and completion", async () => {
  await berth.run(["create", "sleeper"]);
  expect(await berth.run(["hibernate", "sleeper"])).toMatchObject({ code: 0, stdout: '"sleeper" is hibernated.\n' });
  expect(await berth.run(["resume", "sleeper"])).toMatchObject({ code: 5 });
  expect(await berth.run(["wake", "sleeper"])).toMatchObject({ code: 0, stdout: '"sleeper" is online.\n' });
  expect((await berth.run(["logs", "--boot", "sleeper", "--json"])).json).toMatchObject({ text: expect.any(String) });
  const { lines } = await berth.run(["events", "--workspace", "sleeper", "--json", "--limit", "500"]);
  expect(lines.map(({ type }) => type)).toContain("operation.finished");
  expect(lines[0]).toMatchObject({ type: "workspace.created" });
  expect((await berth.run(["complete-words", "--", "inf"])).stdout).toBe("info\n");
  expect((await berth.run(["complete-words", "--", "info", "sl"])).stdout).toBe("sleeper\n");
  expect((await berth.run(["complete-words", "--", "rm", "sleeper", "--er"])).stdout).toBe("--erase\n");
});
