// `npx --yes pnpm@12 dev`: the API restarts on a change, the canvas reloads in the browser.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { join } from "node:path";
import { ROOT } from "./run-command.ts";

const host = process.env.HOST ?? "127.0.0.1";
const canvasPort = Number(process.env.PORT ?? 3000);
const apiPort = canvasPort + 1;
const canvas = join(ROOT, "apps/canvas");
const next = createRequire(join(canvas, "package.json")).resolve("next/dist/bin/next");

const started = [
  launch("the API", ROOT, ["--watch", "--watch-preserve-output", "apps/api/src/main.ts"], {
    PORT: String(apiPort),
    // Used for the sign-in link and the same-origin check, because the browser connects to the canvas' server.
    BERTH_PUBLIC_URL: process.env.BERTH_PUBLIC_URL ?? `http://${host}:${canvasPort}`,
  }),
  launch("the canvas", canvas, [next, "dev", "--hostname", host, "--port", String(canvasPort)], {
    BERTH_API_URL: `http://${host}:${apiPort}`,
    NEXT_TELEMETRY_DISABLED: "1",
  }),
];

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => started.forEach(({ process: child }) => void child.kill(signal)));
}
const first = await Promise.race(
  started.map(async ({ name, process: child }) => ({ name, code: await exitOf(child) })),
);
if (first.code !== 0) console.error(`Stopping, because ${first.name} ended.`);
for (const { process: child } of started) child.kill("SIGTERM");
await Promise.all(started.map(({ process: child }) => exitOf(child)));
process.exit(first.code);

function launch(name: string, cwd: string, args: string[], env: Record<string, string>) {
  const child = spawn(process.execPath, args, { cwd, stdio: "inherit", env: { ...process.env, ...env } });
  return { name, process: child };
}

async function exitOf(child: ChildProcess): Promise<number> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return child.exitCode ?? 0;
}
