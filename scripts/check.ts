// Runs all static checks. `pnpm check types lint` runs only these.

import { runChecks } from "./run-checks.ts";
import { endRunningOnInterrupt } from "./run-command.ts";

endRunningOnInterrupt();
const { passed, failed, seconds } = await runChecks(process.argv.slice(2));
const outcome = failed.length === 0 ? `All ${passed.length} checks passed` : `Failed: ${failed.join(", ")}`;
console.log(`${outcome} in ${seconds.toFixed(1)} s.`);
process.exit(failed.length === 0 ? 0 : 1);
