import { execFile, spawn } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const SERVER = fileURLToPath(new URL("./moto-server.py", import.meta.url));
const REQUIREMENTS = fileURLToPath(new URL("./requirements.txt", import.meta.url));
const START_SECONDS_MAX = 60;
const INSTALL_SECONDS_MAX = 300;

export interface MotoServer extends AsyncDisposable {
  url: string;
}

/** Path of a Python with moto, installed once per set of versions in this user's cache. */
export async function ensureMoto(environment: NodeJS.ProcessEnv): Promise<string> {
  const versions = createHash("sha256")
    .update(await readFile(REQUIREMENTS))
    .digest("hex");
  const cache = environment.XDG_CACHE_HOME || path.join(homedir(), ".cache");
  const folder = path.join(cache, "berth", `moto-${versions.slice(0, 12)}`);
  const python = path.join(folder, "bin", "python");
  if (existsSync(python)) return python;
  await mkdir(path.dirname(folder), { recursive: true });
  // Installed aside and renamed: two test runs may install at once, and one may be interrupted.
  const aside = `${folder}.${randomUUID()}`;
  const options = { timeout: INSTALL_SECONDS_MAX * 1000 };
  try {
    await run("python3", ["-m", "venv", aside], options);
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", REQUIREMENTS];
    await run(path.join(aside, "bin", "python"), pip, options);
    await rename(aside, folder).catch((error: unknown) => {
      if (!existsSync(python)) throw error;
    });
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  return python;
}

/** moto on a free port of this host. */
export async function startMoto(environment: NodeJS.ProcessEnv): Promise<MotoServer> {
  const python = await ensureMoto(environment);
  const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", python, SERVER], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { PATH: environment.PATH, HOME: environment.HOME, PYTHONUNBUFFERED: "1" },
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    let output = "";
    const timer = setTimeout(() => reject(new Error(`moto did not start: ${output}`)), START_SECONDS_MAX * 1000);
    child.stderr.on("data", (bytes: Buffer) => {
      if (output.length < 10_000) output += bytes.toString();
      const address = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1];
      if (!address) return;
      clearTimeout(timer);
      resolve(address);
    });
    void exited.then(() => reject(new Error(`moto ended at once: ${output}`)));
    child.once("error", reject);
  });
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
