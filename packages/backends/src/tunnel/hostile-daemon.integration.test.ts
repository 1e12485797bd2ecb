import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { DAEMON_BYTES, DAEMON_JSON, DAEMON_LINES, DAEMON_ROUTES, DomainError } from "@berth/domain";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DaemonCall, DaemonSession } from "./index.ts";
import { MISBEHAVIOURS, type Misbehaviour } from "./testing/misbehaviours.ts";
import { TOKEN, TunnelFixture } from "./testing/tunnel-fixture.ts";

const MiB = 1024 * 1024;
/** The longest deadline is four hours. */
const DEADLINE_SCALE = 0.0002;
/** Without limits, a caller would read forever. Every call must fail or end well before this. */
const SETTLES_WITHIN_MS = 8_000;
const LEAVES_AFTER_MS = 2_000;
const GROWTH_MAX = 200 * MiB;
const BLOCKED_MS_MAX = 1_500;
const FLOODED_WITHIN_MS = 20_000;

class HostileDaemon {
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  async is(message: { misbehaviour: Misbehaviour }): Promise<void> {
    this.#child.send(message);
    await once(this.#child, "message");
  }

  end(): void {
    this.#child.kill("SIGKILL");
  }
}

let fixture: TunnelFixture;
let healthy: DaemonSession;
const started: { end(): void }[] = [];

async function hostile(incarnationId: string): Promise<{ daemon: HostileDaemon; session: DaemonSession }> {
  const program = join(import.meta.dirname, "testing/hostile-daemon.ts");
  const args = [join(fixture.directory, "api.sock"), incarnationId, TOKEN];
  const daemon = new HostileDaemon(
    fork(program, args, { execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] }),
  );
  started.push(daemon);
  const session = await fixture.hub.waitFor(incarnationId, { signal: AbortSignal.timeout(20_000) });
  return { daemon, session };
}

const callsOf = (table: object): DaemonCall[] =>
  Object.keys(table).map((row) => {
    const [method, route] = row.split(" ");
    return { method, route } as DaemonCall;
  });

/** A streamed response ends when its caller disconnects, or earlier. */
const untilLeft = (read: (signal: AbortSignal) => Promise<void>): Promise<void> => {
  const signal = AbortSignal.timeout(LEAVES_AFTER_MS);
  return read(signal).catch((error: unknown) => {
    if (error !== signal.reason) throw error;
  });
};

/** Every way to read a response, on every route. */
function everyCall(session: DaemonSession): Promise<unknown>[] {
  return [
    ...callsOf(DAEMON_JSON).map((call) => session.json(call as never)),
    ...callsOf(DAEMON_LINES).map((call) =>
      untilLeft(async (signal) => {
        let count = 0;
        for await (const _line of await session.lines({ ...call, signal } as never)) if (++count > 1000) break;
      }),
    ),
    ...callsOf(DAEMON_BYTES).map((call) =>
      untilLeft(async (signal) => {
        let bytes = 0;
        const { body } = await session.bytes({ ...call, signal } as never);
        for await (const chunk of body) {
          bytes += chunk.length;
          if (bytes > MiB) break;
        }
      }),
    ),
  ];
}

const withinMs = (promise: Promise<unknown>, milliseconds: number): Promise<unknown> =>
  Promise.race([
    promise,
    new Promise((_, reject) => {
      setTimeout(() => reject(new Error(`Not settled within ${milliseconds} ms.`)), milliseconds).unref();
    }),
  ]);

beforeAll(async () => {
  fixture = await TunnelFixture.open({ deadlineScale: () => DEADLINE_SCALE });
  healthy = await fixture.session(await fixture.startDaemon());
});
afterAll(async () => {
  for (const daemon of started) daemon.end();
  await fixture[Symbol.asyncDispose]();
});

describe("a daemon that misbehaves in every response", () => {
  test.each(Object.keys(MISBEHAVIOURS) as Misbehaviour[])("that %s affects no other daemon", async (misbehaviour) => {
    const { daemon, session } = await hostile(`hostile-${misbehaviour.replaceAll(/\W/g, "-")}`);
    await daemon.is({ misbehaviour });
    const before = process.memoryUsage().rss;
    const delay = monitorEventLoopDelay({ resolution: 10 });
    delay.enable();

    const settled = await Promise.all(
      everyCall(session).map((call) =>
        withinMs(call, SETTLES_WITHIN_MS).then(
          () => null,
          (error: unknown) => error,
        ),
      ),
    );

    delay.disable();
    const failures = settled.filter((error) => error !== null);
    expect(failures.filter((error) => !(error instanceof DomainError))).toEqual([]);
    // Most calls fail. Some responses are valid for one route, e.g. an empty object for a route without fields.
    expect(failures.length).toBeGreaterThan(settled.length / 3);
    expect(process.memoryUsage().rss - before).toBeLessThan(GROWTH_MAX);
    expect(delay.max / 1e6).toBeLessThan(BLOCKED_MS_MAX);
    expect(await healthy.ping()).toBeLessThan(BLOCKED_MS_MAX);
    daemon.end();
  });

  test("is quoted and cannot speak for Berth", async () => {
    const { daemon, session } = await hostile("hostile-quoted");
    await daemon.is({ misbehaviour: "reports a problem in Berth's name" });
    const error = await session.json({ method: "POST", route: DAEMON_ROUTES.move }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ problem: { code: "workspace_not_running" } });
    expect((error as DomainError).message).not.toContain("evil.example");
  });

  test.each(["pings", "settings"])("is disconnected when it floods the connection with %s", async (kind) => {
    // This call stays open, because each call allows the daemon to send one stream window of data.
    await using patient = await TunnelFixture.open();
    const incarnationId = `flooding-${kind}`;
    const args = [join(patient.directory, "api.sock"), incarnationId, TOKEN, kind];
    const daemon = fork(fileURLToPath(new URL("testing/flooding-daemon.ts", import.meta.url)), args, { execArgv: [] });
    started.push({ end: () => daemon.kill("SIGKILL") });
    const session = await patient.hub.waitFor(incarnationId, { signal: AbortSignal.timeout(20_000) });
    const delay = monitorEventLoopDelay({ resolution: 10 });
    delay.enable();
    const { body } = await session.bytes({ method: "GET", route: DAEMON_ROUTES.content });
    body.on("error", () => {});
    body.resume();
    await expect.poll(() => session.closed, { timeout: FLOODED_WITHIN_MS }).toBe(true);
    delay.disable();
    expect(delay.max / 1e6).toBeLessThan(BLOCKED_MS_MAX);
    expect(await healthy.ping()).toBeLessThan(BLOCKED_MS_MAX);
  });
});
