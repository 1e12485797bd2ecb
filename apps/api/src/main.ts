import { fileURLToPath } from "node:url";
import { DirectoryInUseError } from "@berth/db";
import { EnvError, processEnvironment, readEnv } from "./env.ts";
import { openLog } from "./log.ts";
import { startApi } from "./start-api.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Errors that an operator can fix print one message; any other error is a bug and prints its stack. */
function fail(error: unknown): never {
  const isOperators = error instanceof EnvError || error instanceof DirectoryInUseError;
  const text = error instanceof Error ? (isOperators ? error.message : error.stack) : String(error);
  process.stderr.write(`${text}\n`);
  process.exit(1);
}

try {
  const environment = processEnvironment();
  const env = readEnv(environment, root);
  const { log, flush } = openLog();
  const api = await startApi({
    env,
    root,
    environment,
    log,
    onFatal: (reason) => fail(new EnvError(reason)),
  });
  let stopping = false;
  const end = () => {
    if (stopping) process.exit(130);
    stopping = true;
    api
      .stop()
      .then(flush)
      .then(
        () => process.exit(0),
        (error) => fail(error),
      );
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  process.on("SIGHUP", end);
  process.stdout.write(`Berth ready: ${api.signInUrl}\n`);
} catch (error) {
  fail(error);
}
