import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { bundleDaemon } from "@berth/daemon";
import { DAEMON_ROUTES } from "@berth/domain";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bringOnline, newSpec, newVolume, provisionOptions, startStopped } from "../testing/contract-harness.ts";
import { ensureTestImage } from "../testing/docker-test-image.ts";
import { connectFrom, inContainer } from "../testing/in-container.ts";
import { findDockerForTests } from "../testing/require-docker.ts";
import { openDockerHarness } from "../testing/subjects.ts";
import { openTerminalStream } from "../tunnel/index.ts";
import { connectDocker } from "./engine.ts";
import { containerName, networkName } from "./names.ts";

const run = promisify(execFile);
const bundle = await bundleDaemon();
const { path: bundlePath, companions, version } = bundle;
const daemon = { bundlePath, companions, version, nodePath: process.execPath };
const found = await findDockerForTests(process.env);

type Harness = Awaited<ReturnType<typeof openDockerHarness>>;

const openHarness = async (options?: Parameters<typeof openDockerHarness>[0]["options"]) =>
  openDockerHarness({
    host: undefined,
    daemon,
    defaultImage: await ensureTestImage(connectDocker(), "glibc"),
    ...(options === undefined ? {} : { options }),
  });

describe.skipIf(found.reason !== null)("a container of the docker backend", () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await openHarness();
  });
  afterAll(() => harness?.[Symbol.asyncDispose]());

  const running = async (...parameters: Parameters<typeof newSpec>) => {
    const spec = newSpec(...parameters);
    await bringOnline(harness, spec);
    return harness.docker.getContainer(containerName(spec.incarnationId));
  };

  test("has terminals with the image's shell, in /workspace, of the requested size, with the container's capabilities", async () => {
    const spec = newSpec();
    await bringOnline(harness, spec);
    const session = await harness.tunnel.hub.waitFor(spec.incarnationId, provisionOptions());
    const size = { columns: 90, rows: 30 };
    const { id, shell } = await session.json({ method: "POST", route: DAEMON_ROUTES.terminals }, size);
    expect(shell).toBe("/bin/sh");
    const stream = await openTerminalStream(session, { terminalId: id, after: null, ...provisionOptions() });
    await stream.write(
      Buffer.from("stty size; pwd; id -u; grep CapEff /proc/self/status; env | grep -c BERTH_BOOT; exit 5\n"),
    );
    let text = "";
    const exitCodes: (number | null)[] = [];
    for await (const output of stream.output) {
      if ("exitCode" in output) exitCodes.push(output.exitCode);
      else text += Buffer.from(output.chunk).toString();
    }
    expect(exitCodes).toEqual([5]);
    expect(text).toMatch(/30 90\r\n\/workspace\r\n0\r\nCapEff:\s+00000000000000fb\r\n0\r\n/);
  });

  test("lets root own, change and remove every file, and run and end programs as another user", async () => {
    const container = await running();
    const asRoot = [
      "set -e; cd /workspace",
      "touch f; chown 1000:1000 f; chmod 4640 f; chown 1000:1000 f; chmod u+s f; touch -d 2001-01-01 f; rm f",
      "mkdir d; chown 1000:1000 d; chmod 700 d; touch d/inside; cat d/inside; rm -r d",
    ].join("\n");
    expect(await inContainer(container, ["sh", "-c", asRoot])).toEqual({ exitCode: 0, output: "" });
    const other = `
      const { spawn } = require("node:child_process");
      const child = spawn("sleep", ["100"], { uid: 1000, gid: 1000 });
      child.on("spawn", () => process.kill(child.pid, "SIGTERM"));
      child.on("error", (error) => { console.log(error.message); process.exit(1); });
      child.on("exit", (code, signal) => { console.log(signal); process.exit(); });
    `;
    expect(await inContainer(container, ["/opt/berth/node", "-e", other])).toEqual({
      exitCode: 0,
      output: "SIGTERM\n",
    });
    const setgid = "set -e; cd /workspace; touch g; chown 0:1000 g; chmod g+s,g+x g; stat -c %a g";
    expect((await inContainer(container, ["sh", "-c", setgid])).output).toBe("2654\n");
  });

  test("has no further capabilities and cannot gain any", async () => {
    const container = await running();
    const { output } = await inContainer(container, ["grep", "-E", "^(CapBnd|CapEff|NoNewPrivs)", "/proc/self/status"]);
    // CHOWN 0, DAC_OVERRIDE 1, FOWNER 3, FSETID 4, KILL 5, SETGID 6, SETUID 7.
    expect(output.replaceAll("\t", " ").split("\n").slice(0, 3)).toEqual([
      "CapEff: 00000000000000fb",
      "CapBnd: 00000000000000fb",
      "NoNewPrivs: 1",
    ]);
  });

  test("has the limits of its tier, with no more CPUs than the engine has", async () => {
    const container = await running({ limits: { cpus: 1000, memoryMb: 200, pids: 77, readOnlyRoot: false } });
    const { HostConfig } = await container.inspect();
    const { NCPU } = (await harness.docker.info()) as { NCPU: number };
    expect(HostConfig).toMatchObject({
      NanoCpus: NCPU * 1e9,
      Memory: 200 * 1024 * 1024,
      MemorySwap: 200 * 1024 * 1024,
      PidsLimit: 77,
      RestartPolicy: { Name: "no" },
    });
    const eats = "const kept = []; for (;;) kept.push(Buffer.alloc(10e6, 1));";
    expect((await inContainer(container, ["/opt/berth/node", "-e", eats])).exitCode).toBe(137);
  });

  test("has a read-only root in tier 1 and writable roots, home and /tmp", async () => {
    const container = await running({ limits: { cpus: 1, memoryMb: 200, pids: 99, readOnlyRoot: true } });
    const script = "touch /workspace/a /configs/a /tmp/a $HOME/a && echo ok; touch /etc/a /a /opt/berth/a";
    const { output } = await inContainer(container, ["sh", "-c", script]);
    // The order of the two streams is not defined.
    expect(output).toContain("ok\n");
    expect(output.match(/Read-only file system/g)).toHaveLength(3);
  });

  test("cannot replace the daemon, its Node or the tunnel's socket", async () => {
    const container = await running();
    const script = "rm -f /opt/berth/node; rm -f /run/berth/*; echo x > /opt/berth/daemon.cjs";
    const { output } = await inContainer(container, ["sh", "-c", script]);
    expect(output.match(/Read-only file system/g)?.length).toBeGreaterThanOrEqual(3);
  });

  test("cannot reach another workspace", async () => {
    const server = "require('node:http').createServer((q, r) => r.end('hello')).listen(8000, '0.0.0.0')";
    const command = ["/opt/berth/node", "-e", server];
    const spec = newSpec();
    await bringOnline(harness, { ...spec, boot: { ...spec.boot, command } });
    const serving = harness.docker.getContainer(containerName(spec.incarnationId));
    const { NetworkSettings } = await serving.inspect();
    const address = Object.values(NetworkSettings.Networks)[0]?.IPAddress ?? "";
    // Positive control: the server is reachable from its own container, so only the network blocks the other.
    await expect.poll(() => connectFrom(serving, address, 8000), { timeout: 20_000 }).toBe("connected");
    expect(await connectFrom(await running(), address, 8000)).not.toBe("connected");
  });

  test("has no network when it is a browse instance", async () => {
    const container = await running({ purpose: "browse", volumeId: await newVolume(harness.backend) });
    const { output } = await inContainer(container, ["ls", "/sys/class/net"]);
    expect(output.trim()).toBe("lo");
  });

  test("that was paused outside Berth is reported as stopped, restarts, and can be destroyed", async () => {
    const spec = newSpec();
    await bringOnline(harness, spec);
    const container = harness.docker.getContainer(containerName(spec.incarnationId));
    await container.pause();
    expect(await harness.backend.instances.observe(spec)).toEqual({ state: "stopped", reason: "paused outside Berth" });
    await harness.backend.instances.start(spec, spec.boot.tunnelToken);
    expect((await harness.backend.instances.observe(spec)).state).toBe("running");
    await container.pause();
    await harness.backend.instances.destroy(spec);
    expect((await harness.backend.instances.observe(spec)).state).toBe("absent");
  });

  test("starts on a recreated network when the old one was removed while it was stopped", async () => {
    const fresh = await openHarness();
    try {
      const spec = newSpec();
      await bringOnline(fresh, spec);
      await fresh.backend.instances.stop(spec);
      await fresh.docker.getNetwork(networkName(fresh.installationId)).remove();
      await startStopped(fresh, spec);
      const container = fresh.docker.getContainer(containerName(spec.incarnationId));
      const { output } = await inContainer(container, ["cat", "/proc/net/fib_trie"]);
      expect(output).toContain("169.254.169.254");
    } finally {
      await fresh[Symbol.asyncDispose]();
    }
  });

  test("shares one network with containers that start at the same time", async () => {
    const fresh = await openHarness();
    try {
      const specs = [newSpec(), newSpec(), newSpec(), newSpec()];
      const backends = [fresh.backend, fresh.replica, fresh.backend, fresh.replica];
      await Promise.all(specs.map((spec, index) => backends[index]?.instances.provision(spec, provisionOptions())));
      const filters = JSON.stringify({ name: [networkName(fresh.installationId)] });
      expect(await fresh.docker.listNetworks({ filters })).toHaveLength(1);
    } finally {
      await fresh[Symbol.asyncDispose]();
    }
  });
});

const canAddAddresses = async (): Promise<string | null> => {
  if (process.platform !== "linux" || process.getuid?.() !== 0)
    return "putting an address on this host needs root on Linux";
  return run("ip", ["-V"]).then(
    () => null,
    () => "the ip program is not installed",
  );
};
const cannotAdd = await canAddAddresses();
if (cannotAdd !== null) process.stderr.write(`Skipped: metadata addresses on Docker, because ${cannotAdd}.\n`);

describe.skipIf(found.reason !== null || cannotAdd !== null)("the metadata addresses", () => {
  const addresses = ["169.254.169.254", "169.254.170.2", "100.100.100.200"];
  const server = createServer((_, response) => response.end("credentials"));
  let port = 0;

  beforeAll(async () => {
    for (const address of addresses) await run("ip", ["address", "add", `${address}/32`, "dev", "lo"]);
    server.listen(0, "0.0.0.0");
    await once(server, "listening");
    port = (server.address() as AddressInfo).port;
  });
  afterAll(async () => {
    server.close();
    for (const address of addresses) await run("ip", ["address", "delete", `${address}/32`, "dev", "lo"]);
  });

  const withHarness = async (options: Parameters<typeof openHarness>[0], use: (harness: Harness) => Promise<void>) => {
    const harness = await openHarness(options);
    try {
      await use(harness);
    } finally {
      await harness[Symbol.asyncDispose]();
    }
  };

  test("are reachable from this host but not from a workspace, also after stop and start", async () => {
    for (const address of addresses) {
      expect(await (await fetch(`http://${address}:${port}`)).text()).toBe("credentials");
    }
    await withHarness(undefined, async (harness) => {
      const spec = newSpec();
      await bringOnline(harness, spec);
      const container = harness.docker.getContainer(containerName(spec.incarnationId));
      const reached = async () =>
        Promise.all([...addresses, "fd00:ec2::254"].map((to) => connectFrom(container, to, port)));
      expect(await reached()).not.toContain("connected");
      await harness.backend.instances.stop(spec);
      await harness.backend.instances.start(spec, spec.boot.tunnelToken);
      expect(await reached()).not.toContain("connected");
      expect(harness.logged).toEqual([]);
    });
  });

  test("stay blocked without host privileges when link-local, and the log names the rest", async () => {
    const firewall = { iptables: async () => Promise.reject(new Error("iptables: Permission denied")) };
    await withHarness({ firewall }, async (harness) => {
      const spec = newSpec();
      await bringOnline(harness, spec);
      const container = harness.docker.getContainer(containerName(spec.incarnationId));
      expect(await connectFrom(container, "169.254.169.254", port)).not.toBe("connected");
      expect(await connectFrom(container, "169.254.170.2", port)).not.toBe("connected");
      expect(harness.logged).toEqual([
        {
          evt: "docker.metadata_partly_reachable",
          addresses: "100.100.100.200",
          reason: "iptables: Permission denied",
        },
      ]);

      // Positive control: a plain container on the same network reaches it.
      const plain = await harness.docker.createContainer({
        Image: await ensureTestImage(harness.docker, "glibc"),
        Entrypoint: ["sleep", "100"],
        HostConfig: { ...(await container.inspect()).HostConfig, Tmpfs: {}, LogConfig: { Type: "none", Config: {} } },
      });
      try {
        await plain.start();
        expect(await connectFrom(plain, "169.254.169.254", port)).toBe("connected");
      } finally {
        await plain.remove({ force: true });
      }
    });
  });
});
