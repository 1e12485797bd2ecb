import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync } from "node:fs";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** From the Debian package `faketime`; undefined when it is not installed. */
const LIBRARY = globSync("/usr/lib/*/faketime/libfaketime.so.1")[0];
const OWNER = fileURLToPath(new URL("../embedded/owner.fixture.ts", import.meta.url));

/** A separate Postgres server whose clock a test controls. */
export interface ClockedServer extends AsyncDisposable {
  readonly url: string;
  /** Shifts the clock of the server. Takes effect within a second, in open sessions too. */
  setClockOff(seconds: number): Promise<void>;
}

/** The reason why such a server cannot start on this host; null when it can. */
export const whyNoClockedServer = (): string | null =>
  LIBRARY === undefined ? "The clock of Postgres is set with Debian's package faketime, which is not installed." : null;

export async function startClockedServer(): Promise<ClockedServer> {
  const root = await mkdtemp(join(tmpdir(), "berth-clocked-postgres-"));
  const clock = join(root, "clock");
  const setClockOff = async (seconds: number) => {
    await writeFile(`${clock}.new`, `${seconds < 0 ? "" : "+"}${seconds}`);
    await rename(`${clock}.new`, clock);
  };
  await setClockOff(0);
  const owner = spawn(process.execPath, [OWNER, join(root, "server")], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...process.env,
      LD_PRELOAD: LIBRARY,
      FAKETIME_TIMESTAMP_FILE: clock,
      FAKETIME_CACHE_DURATION: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    },
  });
  const exited = once(owner, "exit");
  const [line] = (await Promise.race([once(createInterface(owner.stdout), "line"), exited])) as [unknown];
  const { url, refused } = JSON.parse(String(line)) as { url?: string; refused?: string };
  if (url === undefined) throw new Error(`The server did not start: ${refused}`);
  return {
    url,
    setClockOff,
    async [Symbol.asyncDispose]() {
      owner.kill("SIGTERM");
      await exited;
      await rm(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}
