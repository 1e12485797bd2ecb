import { dirname, join } from "node:path";
import { TERMINAL_ADDON } from "./addons.ts";
import { BadBootError, EXIT_BAD_BOOT, parseBoot } from "./boot.ts";
import { wipeFromInitialEnvironment } from "./initial-environment.ts";
import { type RunningDaemon, startDaemon } from "./start-daemon.ts";
import { takeToken } from "./take-token.ts";

// The reader of the boot log may close the pipe; the daemon must survive that.
process.stdout.on("error", () => {});

/** Standard output is the boot log, which users read: one plain sentence per line. */
const log = (line: string): void => void process.stdout.write(`${new Date().toISOString()} ${line}\n`);

/**
 * The last resort for errors outside of any call. The workspace keeps its daemon, its command and other calls, and the
 * log shows what to fix.
 */
const survive = (error: unknown): void =>
  log(
    `Unexpected error outside any call; the daemon continues: ${error instanceof Error ? error.stack : String(error)}`,
  );

function takeBoot() {
  const { BERTH_BOOT: text, BERTH_TOKEN_FILE: tokenFile } = process.env;
  // Removed before anything is spawned, because the token belongs to the daemon and not to the command.
  delete process.env.BERTH_BOOT;
  delete process.env.BERTH_TOKEN_FILE;
  wipeFromInitialEnvironment("BERTH_BOOT");
  // Without a handler, any program of the same user could start Node's debugger here and read memory.
  process.on("SIGUSR1", () => {});
  return tokenFile === undefined ? parseBoot(text) : parseBoot(text, takeToken(tokenFile, log));
}

async function main(): Promise<void> {
  process.on("uncaughtException", survive);
  let daemon: RunningDaemon | undefined;
  let ending = false;
  // Explicit handlers, because the kernel gives PID 1 no default ones.
  const end = (signal: NodeJS.Signals) => {
    if (ending) return;
    ending = true;
    log(`Received ${signal}: ending.`);
    const done = () => process.exit(0);
    if (daemon === undefined) done();
    else daemon.close().then(done, done);
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
  process.on("SIGHUP", () => {});

  // The addon is in the bundle's folder, whose path depends on the instance.
  const terminalAddonPath = join(dirname(process.argv[1] ?? ""), TERMINAL_ADDON);
  daemon = await startDaemon(takeBoot(), { log, terminalAddonPath });
}

main().catch((error: unknown) => {
  if (error instanceof BadBootError) {
    log(error.message);
    process.exit(EXIT_BAD_BOOT);
  }
  log(`The daemon could not start: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
