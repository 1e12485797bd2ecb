/** The environment variables of a suite against a running tenant. */
export interface SuiteVariables {
  /** `1` enables the suite. */
  flag: string;
  /** The variables of the suite. If a value has several names, the first one set counts. */
  values: Record<string, readonly [string, ...string[]]>;
}

export type SuiteDecision<T extends SuiteVariables> =
  | { kind: "run"; values: { [K in keyof T["values"]]: string } }
  /** The suite was not requested, or no tenant is configured. The reason is printed. */
  | { kind: "skip"; reason: string }
  /** The suite was enabled but cannot run, which fails the pipeline. */
  | { kind: "refuse"; reason: string };

/** The variables of QA's pipelines: the tenant of the canvas, the credentials, and the workspace. */
export const CANVAS_SUITE = {
  flag: "CANVAS_E2E_STAGING",
  values: {
    url: ["STAGING_TENANT_URL"],
    token: ["STAGING_TENANT_TOKEN"],
    workspaceId: ["STAGING_WORKSPACE_ID"],
    orgId: ["STAGING_ORG_ID"],
  },
} as const;

/**
 * Decides from its variables whether a suite runs. Without the flag it is skipped. With the flag and every value it runs.
 * With the flag and no value, as in a pipeline without secrets, it is skipped and lists what is missing. With the flag
 * and some values it fails. `staging` in BERTH_TEST_REQUIRE turns every skip into a failure.
 */
export function decideSuite<T extends SuiteVariables>(environment: NodeJS.ProcessEnv, variables: T): SuiteDecision<T> {
  const { flag, values } = variables;
  const found = Object.entries(values).map(([key, names]) => ({ key, names, value: firstOf(environment, names) }));
  const missing = found.filter(({ value }) => value === null).map(({ names }) => names.join(" or "));
  const missingList = `Missing: ${missing.join(", ")}.`;
  const isRequired = (environment.BERTH_TEST_REQUIRE ?? "").split(",").includes("staging");
  const skip = (reason: string): SuiteDecision<T> =>
    isRequired ? { kind: "refuse", reason: `BERTH_TEST_REQUIRE requires it. ${reason}` } : { kind: "skip", reason };

  const enabled = environment[flag] ?? "";
  if (enabled === "" || enabled === "0") {
    return skip(missing.length === 0 ? `Set ${flag}=1 to run it.` : `Set ${flag}=1 to run it. ${missingList}`);
  }
  if (enabled !== "1") return { kind: "refuse", reason: `${flag} must be 1 or unset.` };
  if (missing.length === found.length) return skip(`${flag} is set, but no tenant is. ${missingList}`);
  if (missing.length > 0) return { kind: "refuse", reason: `${flag}=1 needs more variables. ${missingList}` };
  const run = Object.fromEntries(found.map(({ key, value }) => [key, value ?? ""]));
  return { kind: "run", values: run as { [K in keyof T["values"]]: string } };
}

const firstOf = (environment: NodeJS.ProcessEnv, names: readonly string[]): string | null =>
  names.map((name) => environment[name]?.trim() ?? "").find((value) => value !== "") ?? null;

/** A tenant's URL: a full one, or a host name, which uses TLS unless it is this machine. */
export function tenantUrl(address: string): string {
  const host = address.replace(/\/+$/, "");
  if (/^https?:\/\//.test(host)) return host;
  return `${/^(localhost|127\.|\[::1\])/.test(host) ? "http" : "https"}://${host}`;
}
