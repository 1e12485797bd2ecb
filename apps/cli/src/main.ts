import { CommanderError } from "commander";
import { EXIT } from "./exit-codes.ts";
import { toFailure } from "./failure.ts";
import { createProgram } from "./program.ts";
import { current } from "./session.ts";

let isReaderGone = false;
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  if (isReaderGone) return;
  isReaderGone = true;
  void current.onReaderGone().then((code) => process.exit(code));
});
process.stderr.on("error", () => {});

try {
  await createProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  } else {
    const failure = toFailure(error, current);
    current.output.failure(failure);
    process.exitCode = current.mapFailure(failure);
  }
}
// Standard input may still be open, which would keep the process.
process.stdin.destroy();
