import { dirname, join } from "node:path";
import { BadBootError, EXIT_BAD_BOOT, parseBoot } from "./boot.ts";
import { wipeFromInitialEnvironment } from "./initial-environment.ts";
import { type RunningDaemon, startDaemon } from "./start-daemon.ts";
import { takeToken } from "./take-token.ts";
import { TERMINAL_ADDON } from "./terminals/addon.ts";

// Whoever read the boot log may be gone. The daemon stays.
process.stdout.on("error", () => {});

/** Standard output is the boot log people read: one plain sentence a line. */
const log = (line: string): void => void process.stdout.write(`${new Date().toISOString()} ${line}\n`);

/**
 * The last resort: every call answers for its own failures. Should one slip through all the same, the workspace keeps its daemon,
 * its command and the calls of others, and the log says what has to be mended.
 */
const survive = (error: unknown): void =>
  log(
    `Unexpected error outside of any call, the daemon goes on: ${error instanceof Error ? error.stack : String(error)}`,
  );

function takeBoot() {
  const { BERTH_BOOT: text, BERTH_TOKEN_FILE: tokenFile } = process.env;
  // Before anything is spawned: the token is the daemon's own, not the command's.
  delete process.env.BERTH_BOOT;
  delete process.env.BERTH_TOKEN_FILE;
  wipeFromInitialEnvironment("BERTH_BOOT");
  // Otherwise every program of the same user could start Node's debugger in here, and read on.
  process.on("SIGUSR1", () => {});
  return tokenFile === undefined ? parseBoot(text) : parseBoot(text, takeToken(tokenFile, log));
}

async function main(): Promise<void> {
  process.on("uncaughtException", survive);
  let daemon: RunningDaemon | undefined;
  let ending = false;
  // Named handlers, because as PID 1 the kernel gives a process no default ones.
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

  // The bundle's own folder, whatever it is called on this instance.
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
