import { bundleDaemon } from "@berth/daemon";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bringOnline, newSpec, startStopped } from "../testing/contract-harness.ts";
import { ensureTestImage } from "../testing/docker-test-image.ts";
import { connectFrom, inContainer } from "../testing/in-container.ts";
import { findDockerForTests } from "../testing/require-docker.ts";
import { openDockerHarness } from "../testing/subjects.ts";
import { connectDocker } from "./engine.ts";
import { containerName } from "./names.ts";
import { NODE_IN_CONTAINER } from "./runtime-volume.ts";
import { TOKEN_FILE } from "./token-file.ts";

const { path: bundlePath, companions, version } = await bundleDaemon();
const daemon = { bundlePath, companions, version, nodePath: process.execPath };
const found = await findDockerForTests(process.env);

/**
 * Reads the environment, arguments and memory of every other process as far as possible. Assembles the search words
 * here, so that the program does not find them in itself. Its own child is the positive control.
 */
const SEARCH = `
  const { spawn } = require("node:child_process");
  const { openSync, readSync, readFileSync, readdirSync, closeSync } = require("node:fs");
  const words = [process.argv[1].replace("-", "-secret-"), "known-".concat("word")];
  const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 100000)", words[1]]);
  function* readable(pid) {
    for (const file of ["environ", "cmdline"]) try { yield readFileSync("/proc/" + pid + "/" + file); } catch {}
    let memory;
    try { memory = openSync("/proc/" + pid + "/mem", "r"); } catch { return; }
    for (const line of readFileSync("/proc/" + pid + "/maps", "utf8").split("\\n")) {
      const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
      const part = Buffer.alloc(1 << 20);
      for (let at = parseInt(from, 16); at < parseInt(to, 16); at += part.length - 100) {
        try { yield part.subarray(0, readSync(memory, part, 0, Math.min(part.length, parseInt(to, 16) - at), at)); } catch { break; }
      }
    }
    closeSync(memory);
  }
  child.on("spawn", () => setTimeout(() => {
    const seen = { secret: [], known: [], daemonMemory: null, processes: 0 };
    for (const pid of readdirSync("/proc").filter((name) => /^\\d+$/.test(name) && Number(name) !== process.pid)) {
      const command = (() => { try { return readFileSync("/proc/" + pid + "/cmdline", "utf8"); } catch { return ""; } })();
      if (command.endsWith("daemon.cjs\\0") && !command.includes("docker-init")) {
        try { closeSync(openSync("/proc/" + pid + "/mem", "r")); seen.daemonMemory = "open"; } catch (error) { seen.daemonMemory = error.code; }
      }
      seen.processes += 1;
      for (const part of readable(pid)) {
        if (part.includes(words[0])) seen.secret.push(command);
        if (part.includes(words[1])) seen.known.push(Number(pid) === child.pid);
      }
    }
    child.kill();
    console.log(JSON.stringify({ ...seen, known: seen.known.includes(true) }));
  }, 300));
`;

/** `berth-<uuid>`; the search inserts the middle. */
const withoutMiddle = (token: string): string => token.replace("-secret-", "-");

describe.skipIf(found.reason !== null)("the daemon's token in a container", () => {
  let harness: Awaited<ReturnType<typeof openDockerHarness>>;
  beforeAll(async () => {
    harness = await openDockerHarness({
      host: undefined,
      daemon,
      defaultImage: await ensureTestImage(connectDocker(), "glibc"),
    });
  });
  afterAll(() => harness?.[Symbol.asyncDispose]());

  const containerOf = ({ incarnationId }: { incarnationId: string }) =>
    harness.docker.getContainer(containerName(incarnationId));
  const hasFile = async (spec: { incarnationId: string }) =>
    (await inContainer(containerOf(spec), ["test", "-s", TOKEN_FILE])).exitCode === 0;

  test.each([
    { user: "root", image: "glibc" as const, readOnlyRoot: false },
    { user: "root", image: "glibc" as const, readOnlyRoot: true },
    { user: "an ordinary user", image: "user" as const, readOnlyRoot: false },
    { user: "an ordinary user", image: "user" as const, readOnlyRoot: true },
  ])("is hidden from programs of $user, read-only root: $readOnlyRoot", async ({ image, readOnlyRoot }) => {
    const spec = newSpec({
      image: await ensureTestImage(harness.docker, image),
      limits: { cpus: 1, memoryMb: 256, pids: 128, readOnlyRoot },
      boot: { ...newSpec().boot, command: ["sleep", "1000"] },
    });
    const ids = { workspaceId: spec.workspaceId, incarnationId: spec.incarnationId };
    await bringOnline(harness, { ...spec, boot: { ...spec.boot, ...ids } });
    const search = [NODE_IN_CONTAINER, "-e", SEARCH, withoutMiddle(spec.boot.tunnelToken)];
    const { output } = await inContainer(containerOf(spec), search);
    const seen = JSON.parse(output);
    expect(seen).toEqual({ secret: [], known: true, daemonMemory: "EACCES", processes: expect.any(Number) });
    expect(seen.processes).toBeGreaterThanOrEqual(4);
    expect(await hasFile(spec)).toBe(false);
    expect(JSON.stringify(await containerOf(spec).inspect())).not.toContain(spec.boot.tunnelToken);
  });

  test("cannot be read through Node's debugger, which SIGUSR1 would start", async () => {
    const spec = newSpec();
    const files = await bringOnline(harness, spec);
    const shell = `for each in /proc/[0-9]*; do case "$(cat $each/cmdline 2>/dev/null)" in ${NODE_IN_CONTAINER}*daemon.cjs) echo \${each#/proc/};; esac; done`;
    const daemonPid = (await inContainer(containerOf(spec), ["sh", "-c", shell])).output.match(/^\d+$/m)?.[0] ?? "";
    expect(daemonPid).toMatch(/^\d+$/);
    await inContainer(containerOf(spec), ["kill", "-USR1", daemonPid]);
    expect((await files.status()).incarnationId).toBe(spec.incarnationId);
    expect(await connectFrom(containerOf(spec), "127.0.0.1", 9229)).toBe("ECONNREFUSED");
  });

  test("is required for each start: a container started outside Berth exits with a reason, and the next start works", async () => {
    const spec = newSpec();
    await bringOnline(harness, spec);
    await harness.backend.instances.stop(spec);
    await containerOf(spec).start();
    await expect.poll(() => harness.backend.instances.observe(spec)).toMatchObject({ state: "stopped" });
    expect((await harness.backend.instances.bootLog(spec, 65_536)).text).toContain("token is missing");
    const files = await startStopped(harness, spec);
    expect((await files.status()).incarnationId).toBe(spec.incarnationId);
  });

  test("leaves no file behind when two processes start one container at the same time", async () => {
    const spec = newSpec();
    await bringOnline(harness, spec);
    for (let round = 0; round < 3; round += 1) {
      await harness.backend.instances.stop(spec);
      const token = harness.tunnel.renewToken(spec.incarnationId);
      await Promise.all([harness.backend, harness.replica].map(({ instances }) => instances.start(spec, token)));
      expect((await (await harness.tunnel.daemon(spec.incarnationId)).status()).incarnationId).toBe(spec.incarnationId);
      await expect.poll(() => hasFile(spec), { timeout: 15_000 }).toBe(false);
    }
  });

  test("is renewed for a daemon that was paused outside Berth", async () => {
    const spec = newSpec();
    await bringOnline(harness, spec);
    await containerOf(spec).pause();
    const token = harness.tunnel.renewToken(spec.incarnationId);
    await harness.backend.instances.start(spec, token);
    await expect
      .poll(async () => (await harness.tunnel.daemon(spec.incarnationId)).status(), { timeout: 20_000 })
      .toMatchObject({ incarnationId: spec.incarnationId });
    expect(await hasFile(spec)).toBe(false);
  });
});
