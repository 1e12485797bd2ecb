// Runs as a child process in tests: starts the server in the given directory and reports the result.
import { startEmbeddedPostgres } from "./index.ts";

const [directory = ""] = process.argv.slice(2);
try {
  const { url } = await startEmbeddedPostgres({ directory, durable: false });
  process.stdout.write(`${JSON.stringify({ url })}\n`);
  setInterval(() => undefined, 60_000);
} catch (error) {
  process.stdout.write(`${JSON.stringify({ refused: error instanceof Error ? error.message : String(error) })}\n`);
}
