import { randomUUID } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DAEMON_ROUTES, LIMITS, type StartCommandRequest } from "@berth/domain";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readCommandOutput } from "./command-stream.ts";
import type { DaemonSession } from "./index.ts";
import { collect, processesNamed, startCommand } from "./testing/started-command.ts";
import { type DaemonProcess, TunnelFixture, until } from "./testing/tunnel-fixture.ts";

const MiB = 1024 * 1024;

let fixture: TunnelFixture;
let daemon: DaemonProcess;
let session: DaemonSession;
beforeAll(async () => {
  fixture = await TunnelFixture.open();
  daemon = await fixture.startDaemon({ environment: { OF_THE_COMMAND: "seen" } });
  session = await fixture.session(daemon);
});
afterAll(() => fixture[Symbol.asyncDispose]());

const start = (changes: Partial<StartCommandRequest>) => startCommand(session, changes);
const run = async (changes: Partial<StartCommandRequest>) => collect(session, (await start(changes)).id);
const sh = (line: string, changes: Partial<StartCommandRequest> = {}) =>
  run({ command: ["sh", "-c", line], ...changes });
const signal = (id: string, name: string) =>
  session.json({ method: "POST", route: DAEMON_ROUTES.signalCommand }, { id, signal: name });
const write = (id: string, data: string, end = false, writeId: string = randomUUID()) =>
  session.json(
    { method: "POST", route: DAEMON_ROUTES.writeCommand },
    { id, writeId, data: Buffer.from(data).toString("base64"), end },
  );
const list = async (id?: string) =>
  (await session.json({ method: "GET", route: DAEMON_ROUTES.commands, query: { id } })).commands;

/** A number of seconds that no other process on this host sleeps. */
let sleeps = 9_000_000 + process.pid;
const uniqueSleep = () => `sleep ${++sleeps}`;

describe("a command", () => {
  test("runs with the program's environment, separates its streams and reports its exit code", async () => {
    const line = 'echo "$OF_THE_COMMAND $EXTRA $HOME $(pwd)"; echo oops >&2; exit 3';
    const { stdout, stderr, report } = await run({ command: line, env: { EXTRA: "more" } });
    expect(stdout.toString()).toBe(`seen more ${daemon.root("/agent-home")} ${daemon.root("/workspace")}\n`);
    expect(stderr.toString()).toBe("oops\n");
    expect(report).toMatchObject({ exitCode: 3, signal: null, timedOut: false, stderrBytes: 5 });
  });

  test("given as an array is executed without a shell", async () => {
    const { stdout } = await run({ command: ["printf", "%s|", "a b", "$HOME", "*", ""] });
    expect(stdout.toString()).toBe("a b|$HOME|*||");
  });

  test("starts in the given directory", async () => {
    await mkdir(join(daemon.root("/workspace"), "src"), { recursive: true });
    expect((await sh("pwd", { cwd: "src" })).stdout.toString()).toBe(`${daemon.root("/workspace")}/src\n`);
    expect((await sh("pwd", { cwd: "/" })).stdout.toString()).toBe("/\n");
  });

  test("can open its streams as files", async () => {
    const { stdout, stderr } = await sh("echo out > /dev/stdout; echo err > /dev/stderr");
    expect([stdout.toString(), stderr.toString()]).toEqual(["out\n", "err\n"]);
  });

  test("passes on all 256 byte values unchanged", async () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, value) => value));
    const { stdout } = await run({ command: ["cat"], stdin: all.toString("base64") });
    expect(stdout.equals(all)).toBe(true);
  });

  test("gets an argument of 128 KiB, the most that Linux allows, and input of a megabyte", async () => {
    const argument = "x".repeat(LIMITS.commandArgumentBytesMax);
    expect((await run({ command: ["printf", "%s", argument] })).stdout.toString()).toBe(argument);
    const input = Buffer.alloc(MiB, "0123456789");
    const { stdout } = await run({ command: ["cat"], stdin: input.toString("base64") });
    expect(stdout.equals(input)).toBe(true);
  });

  test.each([
    [{ command: ["/no/such/program"] }, "invalid_input", "no program"],
    [{ command: ["."] }, "invalid_input", "not a program"],
    [{ cwd: "/no/such/directory" }, "invalid_input", "no such directory"],
    [{ command: ["true", ...Array.from({ length: 30 }, () => "x".repeat(120_000))] }, "limit_exceeded", "too long"],
  ])("that cannot be started is refused: %#", async (changes, code, message) => {
    await expect(start(changes)).rejects.toMatchObject({
      problem: { code, message: expect.stringContaining(message) },
    });
    expect(await processesNamed("/no/such")).toEqual([]);
  });

  test("is started once per id, also by two requests at the same time", async () => {
    const id = randomUUID();
    const command = ["sh", "-c", "echo started >> once; cat once"];
    const [first, second] = await Promise.all([start({ id, command }), start({ id, command })]);
    expect(second.id).toBe(first.id);
    expect((await collect(session, id)).stdout.toString()).toBe("started\n");
    await start({ id, command });
    expect((await collect(session, id)).stdout.toString()).toBe("started\n");
  });
});

describe("the end of a command", () => {
  test("by its time limit reaches a child that ignores TERM", async () => {
    const sleep = uniqueSleep();
    const line = `trap '' TERM; ${sleep} & (trap '' TERM; exec ${sleep}) & echo ready; wait; ${sleep}`;
    const { stdout, report } = await sh(line, { timeoutSeconds: 1 });
    expect(stdout.toString()).toBe("ready\n");
    expect(report).toMatchObject({ exitCode: null, signal: "SIGKILL", timedOut: true });
    expect(report.durationMs).toBeGreaterThan(1_000 + (LIMITS.commandGraceSeconds - 1) * 1000);
    expect(await processesNamed(sleep)).toEqual([]);
  });

  test("lets a program that handles TERM finish with its own exit code", async () => {
    const line = "trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.05; done";
    const { id } = await start({ command: ["sh", "-c", line], timeoutSeconds: null });
    await until(
      async () => (await list(id))[0]?.stdoutBytes,
      (bytes) => bytes === 6,
    );
    await signal(id, "SIGTERM");
    const { stdout, report } = await collect(session, id);
    expect([stdout.toString(), report.exitCode, report.timedOut]).toEqual(["ready\nbye\n", 7, false]);
  });

  test("reaches processes that left its session, environment, parent and streams", async () => {
    const sleep = uniqueSleep();
    const daemonise = `setsid env -i sh -c 'setsid ${sleep} </dev/null >/dev/null 2>&1 & setsid ${sleep} & exit' &`;
    const { report } = await sh(`${daemonise} until pgrep -f '^${sleep}' > /dev/null; do :; done; echo up; exit 4`);
    expect(report).toMatchObject({ exitCode: 4, signal: null });
    expect(await processesNamed(sleep)).toEqual([]);
  });

  test("by SIGKILL is immediate and reported as such", async () => {
    const sleep = uniqueSleep();
    const { id } = await start({ command: ["sh", "-c", `trap '' TERM; ${sleep} & wait`], timeoutSeconds: null });
    await signal(id, "SIGKILL");
    const { report } = await collect(session, id);
    expect(report).toMatchObject({ exitCode: null, signal: "SIGKILL" });
    expect(report.durationMs).toBeLessThan(LIMITS.commandGraceSeconds * 1000);
    expect(await processesNamed(sleep)).toEqual([]);
  });

  test("is not caused by other signals, which reach every process", async () => {
    const child = "trap 'echo child' USR1; echo ready; while :; do sleep 0.05; done";
    const line = `trap 'echo main' USR1; sh -c "${child}" & while :; do sleep 0.05; done`;
    const { id } = await start({ command: ["sh", "-c", line], timeoutSeconds: null });
    const seen = (bytes: number) =>
      until(
        async () => (await list(id))[0]?.stdoutBytes,
        (found) => found === bytes,
      );
    await seen("ready\n".length);
    // Also the sleep, which it ends; both shells go on.
    await signal(id, "SIGUSR1");
    await seen("ready\nmain\nchild\n".length);
    await signal(id, "SIGKILL");
    expect((await collect(session, id)).report.signal).toBe("SIGKILL");
  });

  test("comes with that of the machine, and with quiesce", async () => {
    const other = await fixture.startDaemon();
    const there = await fixture.session(other);
    const sleep = uniqueSleep();
    const command = ["sh", "-c", `setsid ${sleep} & ${sleep}`];
    const { id } = await startCommand(there, { command, timeoutSeconds: null });
    await there.json({ method: "POST", route: DAEMON_ROUTES.quiesce });
    expect(await processesNamed(sleep)).toEqual([]);
    expect((await collect(there, id)).report.signal).toBe("SIGTERM");
    await startCommand(there, { command, timeoutSeconds: null });
    expect(await other.kill("SIGTERM")).toBe(0);
    expect(await processesNamed(sleep)).toEqual([]);
  });
});

describe("standard input", () => {
  test("is empty for a command without any", async () => {
    expect((await run({ command: ["cat"] })).report.exitCode).toBe(0);
  });

  test("is written in order, once per write, and ended", async () => {
    const { id } = await start({ command: ["cat"], endStdin: false, stdin: Buffer.from("a").toString("base64") });
    const writeId = randomUUID();
    await write(id, "b", false, writeId);
    await write(id, "b", false, writeId);
    await write(id, "c", true);
    expect((await collect(session, id)).stdout.toString()).toBe("abc");
    await expect(write(id, "d")).rejects.toMatchObject({ problem: { code: "invalid_input" } });
  });

  test("that is never read is refused beyond a limit, and the command ends as usual", async () => {
    const { id } = await start({ command: ["sleep", "1"], endStdin: false });
    await write(id, "x".repeat(MiB));
    const more = write(id, "x".repeat(MiB));
    await expect(more).rejects.toMatchObject({ problem: { code: "too_many_requests", retryable: true } });
    expect((await collect(session, id)).report).toMatchObject({ exitCode: 0 });
    expect((await run({ command: ["true"], stdin: Buffer.alloc(MiB).toString("base64") })).report.exitCode).toBe(0);
  });
});

describe("output", () => {
  test("is continued at an offset after a broken connection and a new API, without a lost or repeated byte", async () => {
    const lines = Array.from({ length: 400 }, (_, index) => `${index} ${"z".repeat(100)}\n`).join("");
    const line = `i=0; while [ $i -lt 400 ]; do echo "$i ${"z".repeat(100)}"; i=$((i+1)); [ $((i % 20)) -eq 0 ] && sleep 0.02; done`;
    const { id } = await start({ command: ["sh", "-c", line], timeoutSeconds: null });
    let text = "";
    for (let round = 0; text.length < lines.length; round += 1) {
      const aborted = new AbortController();
      const place = { id, afterStdout: text.length, afterStderr: 0, atEnd: false, signal: aborted.signal };
      const from = text.length;
      for await (const piece of readCommandOutput(session, place)) {
        if ("ended" in piece) break;
        expect(piece.offset).toBe(text.length);
        text += Buffer.from(piece.bytes).toString();
        if (text.length - from > 10_000) break;
      }
      aborted.abort();
      if (round === 1) {
        await fixture.stopHub();
        await fixture.startHub();
        session = await fixture.session(daemon);
      }
    }
    expect(text).toBe(lines);
  });

  test("of a flooding command waits for a slow reader, who gets all of it, and the daemon's memory stays constant", async () => {
    await run({ command: ["head", "-c", String(8 * MiB), "/dev/zero"] });
    const before = await daemon.peakMemoryBytes();
    const bytes = 160 * MiB;
    const { id } = await start({ command: ["head", "-c", String(bytes), "/dev/zero"], awaitsReader: true });
    const { signal: never } = new AbortController();
    let seen = 0;
    for await (const piece of readCommandOutput(session, {
      id,
      afterStdout: 0,
      afterStderr: 0,
      atEnd: false,
      signal: never,
    })) {
      if ("ended" in piece) break;
      expect(piece.offset).toBe(seen);
      seen += piece.bytes.length;
      if (seen < 2 * MiB) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(seen).toBe(bytes);
    expect((await daemon.peakMemoryBytes()) - before).toBeLessThan(80 * MiB);
  });

  test("waits for a reader that was announced, who then gets all of it", async () => {
    const { id } = await start({ command: ["head", "-c", String(8 * MiB), "/dev/zero"], awaitsReader: true });
    await until(
      async () => (await list(id))[0]?.stdoutBytes ?? 0,
      (bytes) => bytes >= MiB / 2,
    );
    await start({ command: ["sleep", "0.3"] }).then(({ id: pause }) => collect(session, pause));
    expect((await list(id))[0]).toMatchObject({ durationMs: null });
    const { stdout, gaps } = await collect(session, id);
    expect([stdout.length, gaps]).toEqual([8 * MiB, []]);
  });

  test("without a reader is kept up to a limit, and a later reader learns where it begins", async () => {
    const { id } = await start({ command: ["sh", "-c", "seq 1 200000"], keepBytes: 300_000 });
    await until(
      async () => (await list(id))[0]?.durationMs,
      (duration) => duration != null,
    );
    const { stdout, gaps, report } = await collect(session, id);
    const whole = Array.from({ length: 200_000 }, (_, index) => `${index + 1}\n`).join("");
    expect(gaps).toEqual([whole.length - 300_000]);
    expect(stdout.toString()).toBe(whole.slice(-300_000));
    expect(report.stdoutBytes).toBe(whole.length);
  });

  test("at the end only is the last output and the report", async () => {
    const { id } = await start({ command: ["sh", "-c", "echo one; sleep 0.2; echo two"] });
    const { signal: never } = new AbortController();
    const pieces = [];
    for await (const piece of readCommandOutput(session, {
      id,
      afterStdout: 0,
      afterStderr: 0,
      atEnd: true,
      signal: never,
    }))
      pieces.push("ended" in piece ? piece.ended.exitCode : Buffer.from(piece.bytes).toString());
    expect(pieces).toEqual(["one\ntwo\n", 0]);
  });
});

describe("many commands", () => {
  test("1,000 at once run within the limit, and the others are refused with a retryable problem", async () => {
    const sleep = uniqueSleep();
    const ids = Array.from({ length: 1000 }, () => randomUUID());
    const outcomes = await Promise.all(
      ids.map((id) =>
        start({ id, command: ["sh", "-c", `${sleep} & wait`], keepBytes: 1 }).then(
          () => "started",
          (error) => error.problem,
        ),
      ),
    );
    const refused = outcomes.filter((outcome) => outcome !== "started");
    expect(outcomes).toHaveLength(1000);
    expect(1000 - refused.length).toBe(LIMITS.commandsRunningMax);
    for (const problem of refused) {
      expect(problem).toMatchObject({ code: "too_many_requests", retryable: true, details: { max: 128 } });
    }
    const running = (await list()).filter(({ durationMs }) => durationMs === null);
    expect(running).toHaveLength(LIMITS.commandsRunningMax);
    await Promise.all(running.map(({ id }) => signal(id, "SIGKILL")));
    await until(
      async () => (await list()).filter(({ durationMs }) => durationMs === null).length,
      (count) => count === 0,
    );
    expect(await processesNamed(sleep)).toEqual([]);
  }, 30_000);

  test("keep the output of the newest ended ones, and the reports of older ones", async () => {
    const first = await start({ command: ["echo", "first"] });
    await collect(session, first.id);
    for (let count = 0; count < LIMITS.commandsKeptMax; count += 50) {
      const batch = await Promise.all(Array.from({ length: 50 }, () => start({})));
      await Promise.all(batch.map(({ id }) => collect(session, id)));
    }
    await expect(collect(session, first.id)).rejects.toMatchObject({
      problem: { code: "not_found", message: expect.stringContaining("no longer kept") },
    });
    expect(await list(first.id)).toMatchObject([{ exitCode: 0, stdoutBytes: 6 }]);
    // A retry does not start it again.
    expect(await start({ id: first.id })).toMatchObject({ exitCode: 0, stdoutBytes: 6 });
  }, 30_000);
});

test("a program cannot reach the kept output of a command", async () => {
  await writeFile(join(daemon.root("/workspace"), "x"), "");
  const { id } = await start({ command: ["sh", "-c", "echo kept"] });
  await collect(session, id);
  const { stdout } = await sh(
    `find ${daemon.boot.stateDirectory} -name 'output-*'; rm -rf ${daemon.boot.stateDirectory}`,
  );
  expect(stdout.toString()).toBe("");
  expect((await collect(session, id)).stdout.toString()).toBe("kept\n");
  expect((await sh("echo again")).stdout.toString()).toBe("again\n");
});
