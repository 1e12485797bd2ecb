import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { bundleDaemon } from "@berth/daemon";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BackendLogRecord } from "../options.ts";
import {
  bringOnline,
  claimStore,
  newSpec,
  newVolume,
  provisionOptions,
  removeEverything,
  startStopped,
} from "../testing/contract-harness.ts";
import { Sentinels, TunnelHarness } from "../testing/tunnel-harness.ts";
import { createLocalBackend } from "./index.ts";
import type { InstanceRecord } from "./instance-store.ts";
import { probeConfinement } from "./namespaces.ts";
import { findByEnvironment, identify } from "./process-identity.ts";

const run = promisify(execFile);
const bundle = await bundleDaemon();
const { path: bundlePath, companions, version } = bundle;
const daemon = { bundlePath, companions, version, nodePath: process.execPath };

async function openHarness(namespaces: "auto" | "never") {
  const tunnel = await TunnelHarness.open();
  const root = await mkdtemp(path.join(tmpdir(), "berth-local-"));
  const logged: BackendLogRecord[] = [];
  const options = {
    installationId: randomUUID(),
    dataDirectory: root,
    tunnel: { socketPath: tunnel.socketPath, url: "ws://127.0.0.1:1/tunnel" },
    daemon,
    directoryId: randomUUID(),
    log: (record: BackendLogRecord) => void logged.push(record),
    environment: { ...process.env, DATABASE_URL: "postgres://secret", LC_ALL: "C.UTF-8", https_proxy: "http://proxy" },
    namespaces,
  };
  const backend = createLocalBackend(options);
  await claimStore(backend);
  return {
    ...{ backend, tunnel, root, logged, options },
    instanceFolder: (incarnationId: string) => path.join(root, "instances", incarnationId),
    async readRecord(incarnationId: string): Promise<InstanceRecord> {
      return JSON.parse(await readFile(path.join(root, "instances", incarnationId, "state.json"), "utf8"));
    },
    writeRecord: (incarnationId: string, record: InstanceRecord) =>
      writeFile(path.join(root, "instances", incarnationId, "state.json"), JSON.stringify(record)),
    async [Symbol.asyncDispose]() {
      await removeEverything(backend);
      await tunnel[Symbol.asyncDispose]();
      await rm(root, { recursive: true });
    },
  };
}

const processesOf = (incarnationId: string) =>
  findByEnvironment((environment) => environment.has(`BERTH_INCARNATION=${incarnationId}`));

type Harness = Awaited<ReturnType<typeof openHarness>>;

if (process.platform !== "linux") process.stderr.write("Skipped: local instances. They need Linux.\n");

describe.skipIf(process.platform !== "linux").each(["auto", "never"] as const)(
  "a local instance, namespaces %s",
  (namespaces) => {
    let harness: Harness;
    beforeAll(async () => {
      harness = await openHarness(namespaces);
    });
    afterAll(() => harness?.[Symbol.asyncDispose]());

    test("has no volume inside its folder, so removing the folder cannot remove a volume", async () => {
      const volumeId = await newVolume(harness.backend);
      const spec = newSpec({ volumeId });
      const files = await bringOnline(harness, spec);
      const sentinels = await Sentinels.plant(files, "/workspace");
      const configs = await Sentinels.plant(files, "/configs");
      const folder = harness.instanceFolder(spec.incarnationId);
      expect(await readdir(path.join(folder, "workspace"))).toEqual([]);
      expect(await readFile("/proc/self/mountinfo", "utf8")).not.toContain(harness.root);
      // Removes the whole folder while the instance runs, which `destroy` never does.
      await rm(folder, { recursive: true });
      expect(await sentinels.found(files)).toEqual(sentinels.planted);
      expect(await configs.found(files)).toEqual(configs.planted);
      for (const pid of await processesOf(spec.incarnationId)) process.kill(pid, "SIGKILL");
    });

    test("is stopped when its pid was reused, and the other process is left alone", async () => {
      const spec = newSpec();
      await bringOnline(harness, spec);
      await harness.backend.instances.stop(spec);
      const unrelated = await startUnrelated();
      try {
        const record = await harness.readRecord(spec.incarnationId);
        const identity = await identify(unrelated.pid ?? 0);
        if (record.process === null || identity === null) throw new Error("Both processes were started.");
        const sameBoot = { ...identity, startedAt: record.process.startedAt };
        const otherBoot = { ...identity, bootId: randomUUID() };
        for (const process of [sameBoot, otherBoot]) {
          await harness.writeRecord(spec.incarnationId, { ...record, process });
          expect((await harness.backend.instances.observe(spec)).state).toBe("stopped");
          await harness.backend.instances.stop(spec);
        }
        await harness.backend.instances.destroy(spec);
        expect(await identify(unrelated.pid ?? 0)).toEqual(identity);
      } finally {
        unrelated.kill("SIGKILL");
      }
    });

    test("is found and not started twice when its start was not recorded", async () => {
      const spec = newSpec();
      const before = await (await bringOnline(harness, spec)).status();
      const record = await harness.readRecord(spec.incarnationId);
      await harness.writeRecord(spec.incarnationId, { ...record, starting: true, process: null });
      expect((await harness.backend.instances.observe(spec)).state).toBe("running");
      await harness.backend.instances.provision(spec, provisionOptions());
      expect(await harness.readRecord(spec.incarnationId)).toEqual(record);
      expect((await (await harness.tunnel.daemon(spec.incarnationId)).status()).startedAt).toBe(before.startedAt);
    });

    test("is left alone by a backend on a copy of the data directory, which starts its own", async () => {
      const spec = newSpec();
      const daemon = await bringOnline(harness, spec);
      const { startedAt } = await daemon.status();
      const copied = `${harness.root}-copy`;
      await cp(harness.root, copied, { recursive: true, verbatimSymlinks: true });
      const copy = createLocalBackend({ ...harness.options, dataDirectory: copied, directoryId: randomUUID() });
      await claimStore(copy);
      try {
        expect((await copy.instances.observe(spec)).state).toBe("stopped");
        await copy.instances.stop(spec);
        await copy.instances.start(spec, spec.boot.tunnelToken);
        expect((await copy.instances.observe(spec)).state).toBe("running");
        await copy.instances.destroy(spec);
        expect((await harness.backend.instances.observe(spec)).state).toBe("running");
        const again = await harness.tunnel.daemon(spec.incarnationId);
        expect((await again.status()).startedAt).toBe(startedAt);
      } finally {
        await removeEverything(copy);
        await rm(copied, { recursive: true });
      }
    });

    test("shares its data directory with another installation, and neither lists the other's volumes", async () => {
      const other = createLocalBackend({ ...harness.options, installationId: randomUUID() });
      await claimStore(other);
      const [mine, theirs] = [await newVolume(harness.backend), await newVolume(other)];
      // A volume without a note belongs to every installation.
      const old = randomUUID();
      await mkdir(path.join(harness.root, "volumes", old, "workspace"), { recursive: true });
      await mkdir(path.join(harness.root, "volumes", "lost+found"));
      const listed = await harness.backend.volumes.list();
      expect(listed).toEqual(expect.arrayContaining([mine, old]));
      expect(listed).not.toContain(theirs);
      expect(await other.volumes.list()).toEqual(expect.arrayContaining([theirs, old]));
      expect(await other.volumes.list()).not.toContain(mine);
      await harness.backend.volumes.create(theirs);
      expect(await harness.backend.volumes.list()).not.toContain(theirs);
    });

    test("outlives the API, and another process can stop and start it", async () => {
      const spec = newSpec({ volumeId: await newVolume(harness.backend) });
      harness.tunnel.expect(spec);
      const { installationId, dataDirectory, directoryId, tunnel } = harness.options;
      const program = `
      import { createLocalBackend } from ${JSON.stringify(new URL("./index.ts", import.meta.url).href)};
      const options = { ...${JSON.stringify({ installationId, dataDirectory, directoryId, tunnel, daemon, namespaces })}, environment: process.env, log() {} };
      const signal = new AbortController().signal;
      const backend = createLocalBackend(options);
      backend.store.expect(await backend.store.claim([]));
      await backend.instances.provision(${JSON.stringify(spec)}, { signal, onProgress() {} });
      process.kill(process.pid, "SIGKILL");
    `;
      const died = run(process.execPath, ["--input-type=module", "--eval", program]);
      await expect(died).rejects.toMatchObject({ signal: "SIGKILL" });
      const sentinels = await Sentinels.plant(await harness.tunnel.daemon(spec.incarnationId), "/agent-home");
      expect((await harness.backend.instances.observe(spec)).state).toBe("running");
      await harness.backend.instances.stop(spec);
      expect(await harness.backend.instances.observe(spec)).toEqual({ state: "stopped", reason: "exit code 0" });
      expect(await sentinels.found(await startStopped(harness, spec))).toEqual(sentinels.planted);
    });

    test("leaves no process behind, not even one that left its group", async () => {
      const spec = newSpec();
      const command = ["sh", "-c", "setsid sleep 1000 & setsid setsid sleep 1000 & exec sleep 1000"];
      await bringOnline(harness, { ...spec, boot: { ...spec.boot, command } });
      const alive = async () => (await processesOf(spec.incarnationId)).length;
      await expect.poll(alive, { timeout: 10_000 }).toBeGreaterThanOrEqual(5);
      await harness.backend.instances.stop(spec);
      expect(await alive()).toBe(0);
      await startStopped(harness, spec);
      await harness.backend.instances.destroy(spec);
      expect(await alive()).toBe(0);
    });

    test("inherits no variable of the API that could be a secret", async () => {
      const spec = newSpec();
      const command = [
        "sh",
        "-c",
        "env > $HOME/environment.new; mv $HOME/environment.new $HOME/environment; exec sleep 1000",
      ];
      const files = await bringOnline(harness, {
        ...spec,
        boot: { ...spec.boot, command, environment: { MINE: "yes" } },
      });
      const read = () => files.read("/agent-home", "/environment").then(String, () => "");
      await expect.poll(read, { timeout: 10_000 }).toContain("MINE=yes");
      const environment = await read();
      expect(environment).toContain("LC_ALL=C.UTF-8");
      expect(environment).toContain("https_proxy=http://proxy");
      expect(environment).not.toMatch(/DATABASE_URL|secret|BERTH_BOOT|node_modules/);
    });
  },
);

test("the local backend finds the programs on the PATH of its workspaces", async () => {
  await using harness = await openHarness("never");
  const folder = path.join(harness.root, "programs");
  await mkdir(path.join(folder, "node_modules", ".bin"), { recursive: true });
  await writeFile(path.join(folder, "claude-agent"), "#!/bin/sh\n", { mode: 0o755 });
  await writeFile(path.join(folder, "notes"), "", { mode: 0o644 });
  await writeFile(path.join(folder, "node_modules", ".bin", "codex-agent"), "#!/bin/sh\n", { mode: 0o755 });
  const PATH = [path.join(folder, "node_modules", ".bin"), folder].join(":");
  const backend = createLocalBackend({ ...harness.options, environment: { PATH } });
  const found = ["claude-agent", "notes", "codex-agent", "absent"].map((name) => backend.hasProgram(name));
  expect(await Promise.all(found)).toEqual([true, false, false, false]);
});

describe.skipIf(process.platform !== "linux")("the private view of a local instance", () => {
  test("shows the roots as /workspace, /configs and /agent-home next to the host's files", async ({ skip }) => {
    await using harness = await openHarness("auto");
    const spec = newSpec({ volumeId: await newVolume(harness.backend) });
    const script =
      "set -e; ls / > /workspace/top; echo here > /configs/file; readlink /proc/self/root > /workspace/root; touch /workspace/done; exec sleep 1000";
    const files = await bringOnline(harness, { ...spec, boot: { ...spec.boot, command: ["sh", "-c", script] } });
    const [fallBack] = harness.logged;
    if (fallBack) return skip(`this host has no namespaces for us: ${fallBack.reason}`);
    await expect.poll(() => files.names("/workspace"), { timeout: 10_000 }).toContain("done");
    const top = (await files.read("/workspace", "/top")).toString().trim().split("\n");
    expect(top).toEqual(expect.arrayContaining(["agent-home", "configs", "workspace", "etc", "usr", "proc"]));
    const volume = path.join(harness.root, "volumes", spec.volumeId ?? "");
    expect(await readFile(path.join(volume, "configs", "file"), "utf8")).toBe("here\n");
  });

  test("is disabled and logged once when it would hide the data directory", async () => {
    const records: BackendLogRecord[] = [];
    const scratch = await mkdtemp(path.join(tmpdir(), "berth-probe-"));
    const found = await probeConfinement({
      launchScript: "/nowhere",
      scratch,
      inSight: ["/workspace/checkout/.berth"],
      log: (record) => void records.push(record),
    });
    await rm(scratch, { recursive: true });
    expect(found).toEqual({ kind: "paths" });
    expect(records).toEqual([
      { evt: "local.no_namespaces", reason: expect.stringContaining("/workspace"), effect: expect.any(String) },
    ]);
  });

  test("keeps instances running when the daemon is rebuilt", async () => {
    await using harness = await openHarness("auto");
    const folder = await mkdtemp(path.join(tmpdir(), "berth-bundle-"));
    try {
      const bundlePath = path.join(folder, "daemon.cjs");
      await writeFile(bundlePath, await readFile(daemon.bundlePath));
      const older = createLocalBackend({ ...harness.options, daemon: { ...daemon, bundlePath } });
      await claimStore(older);
      const spec = newSpec();
      harness.tunnel.expect(spec);
      await older.instances.provision(spec, provisionOptions());
      await harness.tunnel.daemon(spec.incarnationId);
      await writeFile(bundlePath, "throw new Error('the new daemon is broken')");
      const newer = createLocalBackend({ ...harness.options, daemon: { ...daemon, bundlePath } });
      await claimStore(newer);
      expect((await newer.instances.observe(spec)).state).toBe("running");
      expect(await readdir(path.join(harness.root, "runtime"))).toHaveLength(1 + (await probeFolders(harness.root)));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

const probeFolders = async (root: string): Promise<number> =>
  (await readdir(path.join(root, "runtime"))).filter((name) => name.startsWith("root")).length;

async function startUnrelated(): Promise<ChildProcess> {
  const unrelated = spawn("sleep", ["1000"]);
  await once(unrelated, "spawn");
  return unrelated;
}
