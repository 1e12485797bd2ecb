import { connectDocker, ensureTestImage, findDockerForTests } from "@berth/backends/testing";
import type { Workspace } from "@berth/domain";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commandCalls } from "./testing/command-calls.ts";
import { endWorkspaces, openTestApi, type TestApi } from "./testing/test-api.ts";

const docker = await findDockerForTests(process.env);

describe.skipIf(docker.reason !== null)("commands in a container", () => {
  let api: TestApi;
  let workspace: Workspace;
  let commands: ReturnType<typeof commandCalls>;
  beforeAll(async () => {
    const environment = {
      BERTH_BACKENDS: "docker",
      DOCKER_HOST: process.env.DOCKER_HOST ?? "",
      BERTH_DOCKER_IMAGE: await ensureTestImage(connectDocker(), "glibc"),
    };
    api = await openTestApi({ environment });
    workspace = await api.workspace({ name: "commands", compute: { memoryMb: 256 } });
    const caller = { origin: api.listening, token: api.api.ownerToken, call: api.call };
    commands = commandCalls(caller, workspace.id);
  }, 120_000);
  afterAll(async () => {
    if (api) await endWorkspaces(api.call, api.operationEnded);
    await api?.[Symbol.asyncDispose]();
  });

  const namesOfProcesses = async () => (await commands.run({ command: "cat /proc/[0-9]*/comm" })).stdout.split("\n");

  test("separate their streams, and pass on input, arguments and all byte values", async () => {
    const input = { command: ["sh", "-c", 'cat; printf "%s" "$1" >&2; exit 3', "sh", "a b"], cwd: "/tmp" };
    const stdin = Buffer.from(Array.from({ length: 256 }, (_, value) => value)).toString("base64");
    const result = await commands.run({ ...input, stdin, stdinEncoding: "base64", encoding: "base64" });
    expect(result).toMatchObject({ exitCode: 3, stdout: stdin, stderr: Buffer.from("a b").toString("base64") });
  });

  test("end with the processes that left their parent, environment and streams", async () => {
    const line = "(env -i /bin/sh -c 'sleep 1000 & sleep 1000' </dev/null >/dev/null 2>&1 &) ; sleep 0.3; exit 4";
    expect(await commands.run({ command: line })).toMatchObject({ exitCode: 4, timedOut: false });
    expect(await namesOfProcesses()).not.toContain("sleep");
  });

  test("are killed when memory runs out, and the daemon survives", async () => {
    // `tail` keeps what it reads from a pipe.
    const command = ["bash", "-c", "exec tail -c 1000000000 < <(cat /dev/zero)"];
    const eater = await commands.run({ command, timeoutSeconds: 60 });
    expect(eater).toMatchObject({ exitCode: null, signal: "SIGKILL", timedOut: false });
    expect(await namesOfProcesses()).not.toContain("tail");
    const incarnations = (await commands.list()).map(({ incarnationId }) => incarnationId);
    expect(new Set(incarnations).size).toBe(1);
  });

  test("end with their container, and are lost", async () => {
    const { id } = await commands.start({ command: ["sleep", "1000"] });
    const restarted = await api.call("workspaces.restart", { id: workspace.id });
    expect(await api.operationEnded(restarted.data.id)).toMatchObject({ status: "succeeded" });
    expect(await commands.get(id)).toMatchObject({ state: "lost", exitCode: null });
    expect(await namesOfProcesses()).not.toContain("sleep");
  });
});
