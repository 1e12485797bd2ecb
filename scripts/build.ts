// Builds what is missing or stale: the daemon's bundle and the canvas. `pnpm start` does this by itself; an install does
// it too, so that the first start after one takes no longer than any other.
import { buildWhatIsStale } from "./builds.ts";
import { endRunningOnInterrupt } from "./run-command.ts";

endRunningOnInterrupt();
try {
  await buildWhatIsStale();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  // An install must not fail over a canvas that somebody is in the middle of changing: the start says it again.
  process.exit(process.argv.includes("--after-install") ? 0 : 1);
}
