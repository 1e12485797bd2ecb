import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { bundleDaemon } from "@berth/daemon";
import { DAEMON_ROUTES } from "@berth/domain";
import { describe, expect, test } from "vitest";
import type { DaemonSession } from "./index.ts";
import { TOKEN, TunnelFixture, until } from "./testing/tunnel-fixture.ts";

const sh = (script: string) => ["/bin/sh", "-c", script];
const agentOf = async (session: DaemonSession) =>
  (await session.json({ method: "GET", route: DAEMON_ROUTES.status })).agent;
const logOf = async (session: DaemonSession) =>
  (await session.json({ method: "GET", route: DAEMON_ROUTES.agentLog })).text;
const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe("the workspace's command", () => {
  test("runs in the workspace with its environment, and its output is kept", async () => {
    await using fixture = await TunnelFixture.open();
    const daemon = await fixture.startDaemon({
      command: sh('echo "$GREETING from $(pwd) at $HOME"; echo oops >&2; sleep 60'),
      environment: { GREETING: "hello" },
    });
    const session = await fixture.session(daemon);
    const log = await until(
      () => logOf(session),
      (text) => text.includes("oops"),
    );
    expect(log).toBe(`hello from ${daemon.root("/workspace")} at ${daemon.root("/agent-home")}\noops\n`);
    const agent = await agentOf(session);
    expect(agent).toMatchObject({ state: "running", exitCode: null, restarts: 0 });
    expect(isAlive(agent.pid ?? -1)).toBe(true);
  });

  test("never sees the tunnel's token, neither in its own environment nor in the daemon's", async () => {
    await using fixture = await TunnelFixture.open();
    const daemon = await fixture.startDaemon({
      command: sh("env; cat /proc/self/environ /proc/$PPID/environ /proc/$PPID/cmdline; echo; echo done; sleep 60"),
    });
    const session = await fixture.session(daemon);
    const log = await until(
      () => logOf(session),
      (text) => text.includes("done"),
    );
    expect(log).toContain("PATH=");
    expect(log).not.toContain(TOKEN);
    const { pid } = await agentOf(session);
    const environment = (await readFile(`/proc/${pid}/environ`, "utf8")).split("\0");
    const ofBerth = environment.filter((variable) => variable.startsWith("BERTH"));
    expect(ofBerth.map((variable) => variable.split("=")[0])).toEqual(["BERTH_INCARNATION"]);
    expect(environment.join("\n")).not.toContain(TOKEN);
    expect(await readFile(`/proc/${daemon.pid}/environ`, "utf8")).not.toContain(TOKEN);
  });

  test("is restarted when it fails and not when it succeeds", async () => {
    await using fixture = await TunnelFixture.open();
    const failing = await fixture.session(await fixture.startDaemon({ command: sh("echo try; exit 7") }));
    const ending = await fixture.session(await fixture.startDaemon({ command: sh("echo bye") }));
    const missing = await fixture.session(await fixture.startDaemon({ command: ["/no/such/program"] }));

    await until(
      () => agentOf(failing),
      ({ state, exitCode, restarts }) => state === "exited" && exitCode === 7 && restarts >= 1,
    );
    expect(await logOf(failing)).toMatch(/^try\n\[berth\] .*exit code 7.*\ntry\n/);
    expect(
      await until(
        () => agentOf(ending),
        ({ state }) => state === "exited",
      ),
    ).toEqual({ state: "exited", pid: null, exitCode: 0, restarts: 0 });
    expect(
      await until(
        () => agentOf(missing),
        ({ state }) => state === "missing",
      ),
    ).toEqual({ state: "missing", pid: null, exitCode: null, restarts: 0 });
  });

  test("has ended with its children once quiesce returns, while files are still served", async () => {
    await using fixture = await TunnelFixture.open();
    const daemon = await fixture.startDaemon({
      command: sh('sleep 300 & echo "child $!"; trap "echo asked; exit 3" TERM; wait'),
    });
    const session = await fixture.session(daemon);
    const log = await until(
      () => logOf(session),
      (text) => text.includes("child"),
    );
    const child = Number(/child (\d+)/.exec(log)?.[1]);
    const { pid } = await agentOf(session);

    await session.json({ method: "POST", route: DAEMON_ROUTES.quiesce });

    expect(isAlive(pid ?? -1)).toBe(false);
    await until(
      () => isAlive(child),
      (alive) => !alive,
    );
    expect(await logOf(session)).toContain("asked");
    expect(await agentOf(session)).toMatchObject({ state: "exited", exitCode: 3 });
    expect(
      await session.json({ method: "GET", route: DAEMON_ROUTES.list, query: { root: "/workspace", path: "/" } }),
    ).toMatchObject({ total: 0 });
  });

  test("ends with the daemon, which exits with 0", async () => {
    await using fixture = await TunnelFixture.open();
    const daemon = await fixture.startDaemon({ command: sh("sleep 300") });
    const session = await fixture.session(daemon);
    const { pid } = await until(
      () => agentOf(session),
      ({ state }) => state === "running",
    );
    expect(await daemon.kill("SIGTERM")).toBe(0);
    expect(isAlive(pid ?? -1)).toBe(false);
    expect(daemon.bootLog).toContain("Received SIGTERM: ending.");
  });

  test("is killed when it ignores SIGTERM", async () => {
    await using fixture = await TunnelFixture.open();
    const daemon = await fixture.startDaemon({ command: sh('trap "" TERM; echo deaf; while true; do sleep 1; done') });
    const session = await fixture.session(daemon);
    await until(
      () => logOf(session),
      (text) => text.includes("deaf"),
    );
    const { pid } = await agentOf(session);
    expect(await daemon.kill("SIGTERM")).toBe(0);
    expect(isAlive(pid ?? -1)).toBe(false);
  });
});

describe("a daemon", () => {
  test("with an invalid boot document names the reason in one sentence and exits with 78", async () => {
    const { path } = await bundleDaemon();
    const run = async (environment: Record<string, string>) => {
      const child = spawn(process.execPath, [path], { env: environment, stdio: ["ignore", "pipe", "pipe"] });
      const [output, [code]] = await Promise.all([child.stdout.toArray(), once(child, "exit")]);
      return { code, text: Buffer.concat(output).toString() };
    };
    expect(await run({})).toEqual({ code: 78, text: expect.stringMatching(/^\S+ BERTH_BOOT is not set\.\n$/) });
    expect(await run({ BERTH_BOOT: "{" })).toMatchObject({ code: 78, text: expect.stringContaining("not JSON") });
    const wrong = await run({
      BERTH_BOOT: JSON.stringify({ tunnelUrl: "ws://x", tunnelToken: "secret-value", generation: "1" }),
    });
    expect(wrong).toMatchObject({ code: 78, text: expect.stringContaining("BERTH_BOOT.") });
    expect(wrong.text).not.toContain("secret-value");
  });

  test("survives the end of the process that reads its boot log", async () => {
    await using fixture = await TunnelFixture.open();
    const daemon = await fixture.startDaemon();
    await fixture.session(daemon);
    daemon.stopReading();
    await fixture.stopHub();
    await fixture.startHub();
    await fixture.session(daemon);
    expect(isAlive(daemon.pid)).toBe(true);
  });

  test("fills empty configs once, never overwrites files, and completes an interrupted fill", async () => {
    await using fixture = await TunnelFixture.open();
    const configTemplate = { "a.json": "template", "deep/b.json": "template" };
    const first = await fixture.startDaemon({ configTemplate });
    await fixture.session(first);
    const configs = first.root("/configs");
    expect((await readdir(configs)).sort()).toEqual(["a.json", "deep"]);
    await first.kill("SIGTERM");

    await rm(join(configs, "deep"), { recursive: true });
    const second = await fixture.startDaemon({ configTemplate, roots: first.boot.roots });
    const session = await fixture.session(second);
    expect(await session.json({ method: "GET", route: DAEMON_ROUTES.status })).toMatchObject({
      configsRefilled: false,
    });
    expect(await readdir(configs)).toEqual(["a.json"]);
  });
});
