import { createHash } from "node:crypto";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { DAEMON_ROUTES, LIMITS } from "@berth/domain";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Screen } from "./testing/screen.ts";
import { type DaemonProcess, TunnelFixture, until } from "./testing/tunnel-fixture.ts";

/** How much the daemon sends to a client that acknowledges nothing. */
const UNDER_WAY_BYTES_MAX = 128 * 1024;

let fixture: TunnelFixture;
let daemon: DaemonProcess;
const started: Screen[] = [];
beforeEach(async () => {
  fixture = await TunnelFixture.open();
  daemon = await fixture.startDaemon({ environment: { OF_THE_COMMAND: "seen" } });
});
afterEach(async () => {
  for (const screen of started.splice(0)) screen.leave();
  await daemon.kill("SIGTERM");
  await fixture[Symbol.asyncDispose]();
});

const session = () => fixture.session(daemon);
const open = async (size = { columns: 80, rows: 24 }) =>
  (await session()).json({ method: "POST", route: DAEMON_ROUTES.terminals }, size);
const list = async () => (await (await session()).json({ method: "GET", route: DAEMON_ROUTES.terminals })).terminals;
const running = async () => (await list()).filter(({ endedAt }) => endedAt === null);
const close = async (id: string) =>
  (await session()).json({ method: "DELETE", route: DAEMON_ROUTES.terminals, query: { id } });

async function attach(facts: { id: string }, after: number | null = null): Promise<Screen> {
  const screen = await Screen.on(await session(), facts, after);
  started.push(screen);
  return screen;
}

/** Types a command whose echo differs from its output. */
const ask = async (screen: Screen, command: string): Promise<string> => {
  const mark = `m${started.length}${screen.chunks.length}`;
  await screen.type(`echo "${mark}""[$(${command})]"\n`);
  const [, response = ""] = await screen.waitForText(new RegExp(`${mark}\\[([^\\]]*)\\]`));
  return response;
};

describe("a terminal", () => {
  test("runs the user's shell in /workspace with colours and the command's environment, without the tunnel's token", async () => {
    const facts = await open({ columns: 101, rows: 33 });
    expect(facts).toMatchObject({ columns: 101, rows: 33, attached: 0 });
    const screen = await attach(facts);
    expect(await ask(screen, "stty size")).toBe("33 101");
    expect(await ask(screen, "pwd")).toBe(daemon.root("/workspace"));
    expect(await ask(screen, "echo $TERM $OF_THE_COMMAND $HOME")).toBe(
      `xterm-256color seen ${daemon.root("/agent-home")}`,
    );
    expect(await ask(screen, "echo $0")).toBe(facts.shell);
    expect(await ask(screen, "env | grep -c -e BERTH_BOOT -e a-token-of-the-test")).toBe("0");
    expect(await ask(screen, "cat /proc/$PPID/environ | tr '\\0' '\\n' | grep -c a-token-of-the-test")).toBe("0");
  });

  test("applies a new size, echoes Unicode, and interrupts its program on Ctrl-C", async () => {
    const screen = await attach(await open());
    screen.stream.resize({ columns: 132, rows: 50 });
    await until(
      () => ask(screen, "stty size"),
      (size) => size === "50 132",
    );
    await screen.type("echo 'größe 🚢 日本'\n");
    await screen.waitForText(/größe 🚢 日本\r\n/);
    await screen.type("sleep 1000; echo over=$?\n");
    await until(
      async () => (await childrenOf("sleep")).length,
      (count) => count === 1,
    );
    await screen.type("\u0003");
    expect(await ask(screen, "echo alive")).toBe("alive");
    expect(await childrenOf("sleep")).toEqual([]);
  });

  test("ends with its shell: all of its output arrives, followed by the exit code", async () => {
    const facts = await open();
    const screen = await attach(facts);
    await screen.type("seq 1 20000; exit 7\n");
    await until(
      () => screen.exitCode,
      (code) => code === 7,
    );
    expect(screen.text).toMatch(/\n19999\r\n20000\r\n/);
    expect(await list()).toMatchObject([{ id: facts.id, endReason: "exited", exitCode: 7 }]);
    const later = await attach(facts);
    await until(
      () => later.exitCode,
      (code) => code === 7,
    );
    expect(later.text).toMatch(/\n19999\r\n20000\r\n/);
  });

  test("survives a restart of the API: same shell, no output missing or repeated", async () => {
    const facts = await open();
    const before = await attach(facts);
    const pid = await ask(before, "echo $$");
    await before.type("(sleep 0.3; echo mean''while) &\n");
    await before.waitForText(/while\) &\r\n/);
    await fixture.stopHub();
    await until(
      () => before.error,
      (error) => error !== undefined,
    );
    expect(before.error).toMatchObject({ problem: { code: "workspace_not_running", retryable: true } });
    await fixture.startHub();
    const after = await attach(facts, before.offset);
    expect(after.stream.offset).toBe(before.offset);
    await after.waitForText(/meanwhile/);
    expect(await ask(after, "echo $$")).toBe(pid);
    const whole = await attach(facts);
    await until(
      () => whole.offset,
      (offset) => offset === after.offset,
    );
    expect(whole.text).toBe(before.text + after.text);
  });

  test("keeps its last output for later clients, from the start of a line", async () => {
    const facts = await open();
    const first = await attach(facts);
    await first.type("seq 100000 200000; echo do''ne\n");
    await first.waitForText(/done/);
    const later = await attach(facts);
    await later.waitForText(/done/);
    expect(later.stream.offset).toBeGreaterThan(0);
    expect(later.offset - later.stream.offset).toBeGreaterThan(LIMITS.terminalScrollbackBytes - 100);
    expect(later.text).toMatch(/^\d{6}\r\n\d{6}\r\n/);
    expect(first.text.endsWith(later.text)).toBe(true);
    const gap = await attach(facts, 10);
    expect(gap.stream.offset).toBeGreaterThan(10);
  });

  test("waits for a slow reader and loses nothing of 10 MB", async () => {
    const screen = await attach(await open());
    screen.acknowledges = false;
    await screen.type("stty -echo -onlcr; head -c 10000000 /dev/zero | tr '\\0' x; echo en''d\n");
    await screen.waitForText(/xxxx/);
    const ahead = () => screen.offset - screen.acknowledged;
    await until(ahead, (bytes) => bytes === UNDER_WAY_BYTES_MAX);
    // The shell is blocked. Bytes in flight would arrive before the response to a later call.
    expect(await childrenOf("head")).toHaveLength(1);
    await list();
    expect(ahead()).toBe(UNDER_WAY_BYTES_MAX);
    screen.acknowledges = true;
    screen.stream.received(screen.offset);
    await until(
      () => screen.text.includes("end"),
      (ended) => ended,
      30_000,
    );
    const bytes = Buffer.concat(screen.chunks);
    const start = bytes.indexOf("xxxx");
    expect(bytes.subarray(start, bytes.indexOf("end", start)).equals(Buffer.alloc(10_000_000, "x"))).toBe(true);
  });

  test("keeps running when no client is attached", async () => {
    const facts = await open();
    const screen = await attach(facts);
    await screen.type(`seq 1 200000 | sha256sum > sum; touch over\n`);
    screen.leave();
    const file = (name: string) => readFile(`${daemon.root("/workspace")}/${name}`, "utf8").catch(() => null);
    await until(
      () => file("over"),
      (text) => text !== null,
    );
    const sum = createHash("sha256").update(Array.from({ length: 200_000 }, (_, n) => `${n + 1}\n`).join(""));
    expect(await file("sum")).toContain(sum.digest("hex"));
    await until(
      async () => (await list())[0]?.attached,
      (attached) => attached === 0,
    );
  });

  test("receives a long paste completely", async () => {
    const screen = await attach(await open());
    await screen.type("stty raw -echo; head -c 1000000 > pasted; stty sane; echo do''ne\n");
    await until(
      async () => (await childrenOf("head")).length,
      (count) => count === 1,
    );
    const text = "0123456789".repeat(100_000);
    for (let at = 0; at < text.length; at += 60_000) await screen.type(text.slice(at, at + 60_000));
    await screen.waitForText(/done/);
    expect(await readFile(`${daemon.root("/workspace")}/pasted`, "utf8")).toBe(text);
  });
});

describe("several terminals", () => {
  test("are limited to eight, independent, and closed with all their processes", async () => {
    const all = await Promise.all(Array.from({ length: LIMITS.terminalsMax }, () => open()));
    await expect(open()).rejects.toMatchObject({ problem: { code: "limit_exceeded", details: { max: 8 } } });
    const screens = await Promise.all(all.map((facts) => attach(facts)));
    const pids = [];
    for (const screen of screens) pids.push(await ask(screen, "echo $$"));
    expect(new Set(pids).size).toBe(8);
    await screens[0]?.type("trap '' HUP; nohup sleep 1001 & sleep 1002\n");
    await until(
      async () => (await childrenOf("sleep")).length,
      (count) => count === 2,
    );
    await close(all[0]?.id ?? "");
    expect(await childrenOf("sleep")).toEqual([]);
    await until(
      () => screens[0]?.exitCode,
      (code) => code !== undefined,
    );
    expect((await running()).map(({ id }) => id)).toEqual(all.slice(1).map(({ id }) => id));
    expect(await list()).toContainEqual(expect.objectContaining({ id: all[0]?.id, endReason: "closed" }));
    await open();
  });

  test("can each be shared by two clients that see the same output", async () => {
    const facts = await open();
    const [one, two] = [await attach(facts), await attach(facts)];
    expect((await list())[0]?.attached).toBe(2);
    await one.type("echo from''one\n");
    await two.waitForText(/fromone/);
    await two.type("echo from''two\n");
    await one.waitForText(/fromtwo/);
  });

  test("end with the daemon and on quiesce", async () => {
    const screen = await attach(await open());
    await screen.type("sleep 1003\n");
    await until(
      async () => (await childrenOf("sleep")).length,
      (count) => count === 1,
    );
    await (await session()).json({ method: "POST", route: DAEMON_ROUTES.quiesce });
    expect(await list()).toMatchObject([{ endReason: "machine_stopped" }]);
    await attach(await open());
    await daemon.kill("SIGTERM");
    expect(await childrenOf("bash", "sh", "sleep")).toEqual([]);
  });
});

test.each([
  [{}, "columns"],
  [{ columns: 0, rows: 1 }, "columns"],
  [{ columns: 1, rows: 1.5 }, "rows"],
  [{ columns: 1, rows: 100_000 }, "rows"],
])("a terminal size of %j is refused", async (size, field) => {
  await expect(open(size as never)).rejects.toMatchObject({
    problem: { code: "invalid_input", message: expect.stringContaining(field) },
  });
});

test("a terminal works without a home and a workspace", async () => {
  const bare = await fixture.startDaemon({ roots: {} });
  await mkdir(fixture.directory, { recursive: true });
  const there = await fixture.session(bare);
  const facts = await there.json({ method: "POST", route: DAEMON_ROUTES.terminals }, { columns: 80, rows: 24 });
  expect(facts.shell).toMatch(/sh$/);
  await bare.kill("SIGTERM");
});

/** Processes of the daemon with one of these names. */
async function childrenOf(...names: string[]): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
      const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
      const name = /\((.*)\)/.exec(stat)?.[1] ?? "";
      const zombie = stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z");
      return names.includes(name) && !zombie && environment.includes(`HOME=${daemon.root("/agent-home")}`)
        ? Number(pid)
        : null;
    }),
  );
  return found.filter((pid) => pid !== null);
}
