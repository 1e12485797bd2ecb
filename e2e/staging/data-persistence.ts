// node e2e/staging/data-persistence.ts: proves that data outlives machines on a running tenant. Leaves nothing behind.
// STAGING_E2E=1 enables it; TENANT_HOST, TENANT_ADMIN_TOKEN and BERTH_ORG_ID (or MOLECULE_ORG_ID) select the tenant.
// STAGING_E2E_BACKEND selects a backend, STAGING_E2E_STEP_SECONDS_MAX the maximum duration of a step (900).
import { BACKEND_KINDS } from "@berth/domain";
import { messageOf, proveDataOutlives } from "./prove-data-outlives.ts";
import { decideSuite, tenantUrl } from "./suite-settings.ts";
import { TenantApi } from "./tenant-api.ts";

const VARIABLES = {
  flag: "STAGING_E2E",
  values: { host: ["TENANT_HOST"], token: ["TENANT_ADMIN_TOKEN"], orgId: ["BERTH_ORG_ID", "MOLECULE_ORG_ID"] },
} as const;
const STEP_SECONDS_MAX = 900;
const EXIT = { passed: 0, failed: 1, interrupted: 130 };

const log = (line: string): void => void process.stdout.write(`data-persistence: ${line}\n`);
// The reader of stdout may exit before the cleanup ends.
process.stdout.on("error", () => {});
const interruption = new AbortController();
let interrupts = 0;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    interrupts += 1;
    if (interrupts > 1) process.exit(EXIT.interrupted);
    log("interrupted: removing the test workspace; interrupt again to exit without cleanup");
    interruption.abort(new Error("Interrupted."));
  });
}
process.exitCode = await run();

async function run(): Promise<number> {
  const decision = decideSuite(process.env, VARIABLES);
  if (decision.kind === "skip") {
    log(`SKIPPED. ${decision.reason}`);
    return EXIT.passed;
  }
  try {
    if (decision.kind === "refuse") throw new Error(decision.reason);
    const { host, token, orgId } = decision.values;
    await proveDataOutlives({
      api: new TenantApi({ url: tenantUrl(host), token, orgId }),
      ...readOptions(process.env),
      log,
      signal: interruption.signal,
    });
    log("PASSED");
    return EXIT.passed;
  } catch (error) {
    log(`FAILED. ${messageOf(error)}`);
    return interruption.signal.aborted ? EXIT.interrupted : EXIT.failed;
  }
}

function readOptions({ STAGING_E2E_BACKEND: named, STAGING_E2E_STEP_SECONDS_MAX: seconds }: NodeJS.ProcessEnv) {
  const backend = BACKEND_KINDS.find((kind) => kind === named) ?? null;
  if (named && backend === null) throw new Error(`STAGING_E2E_BACKEND must be one of ${BACKEND_KINDS.join(", ")}.`);
  const stepSecondsMax = Number(seconds || STEP_SECONDS_MAX);
  if (!(stepSecondsMax > 0)) throw new Error("STAGING_E2E_STEP_SECONDS_MAX must be a number of seconds.");
  return { backend, stepSecondsMax };
}
