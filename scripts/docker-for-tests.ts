import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { ROOT, runCommand } from "./run-command.ts";

export interface DockerForTests {
  /** Null when this host has no engine and cannot start one. */
  host: string | null;
  reason: string;
}

const SCRIPT = join(ROOT, "scripts/docker-engine.sh");
const DEFAULT_SOCKET = "/var/run/docker.sock";

/** Finds a running engine, or starts our own, which ends with this process. */
export async function findOrStartDocker(): Promise<DockerForTests> {
  const given = process.env.DOCKER_HOST;
  if (given) {
    const isUp = !given.startsWith("unix://") || (await isReachable(given.slice("unix://".length)));
    return isUp
      ? { host: given, reason: "" }
      : { host: null, reason: `no engine is reachable at ${given} (DOCKER_HOST).` };
  }
  if (await isReachable(DEFAULT_SOCKET)) return { host: `unix://${DEFAULT_SOCKET}`, reason: "" };
  return await startOwn();
}

async function startOwn(): Promise<DockerForTests> {
  if (process.platform !== "linux" || !existsSync(SCRIPT))
    return { host: null, reason: "no Docker engine is reachable." };
  const wasRunning = (await runCommand([SCRIPT, "status"])).ok;
  const { ok, output } = await runCommand([SCRIPT, "start"], { timeoutSeconds: 120 });
  const host = /^DOCKER_HOST=(\S+)$/m.exec(output)?.[1];
  if (!ok || !host) return { host: null, reason: output.trim().split("\n").at(-1) ?? "no Docker engine is reachable." };
  // Runs on interrupts too, so that the engine does not stay behind.
  if (!wasRunning) process.once("exit", () => spawnSync(SCRIPT, ["stop"], { timeout: 60_000 }));
  return { host, reason: "" };
}

function isReachable(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ socketPath, path: "/_ping", timeout: 5000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on("timeout", () => asked.destroy());
    asked.on("error", () => resolve(false));
    asked.end();
  });
}
