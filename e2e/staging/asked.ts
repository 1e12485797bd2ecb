/** The environment variables of a suite against a running tenant. */
export interface Asking {
  /** `1` enables the suite. */
  flag: string;
  /** The variables of the suite. If a value has several names, the first one set counts. */
  values: Record<string, readonly [string, ...string[]]>;
}

export type Asked<T extends Asking> =
  | { kind: "run"; values: { [K in keyof T["values"]]: string } }
  /** Nothing ran, on purpose. The reason is printed. */
  | { kind: "skip"; reason: string }
  /** The suite was enabled but cannot run: a failure, never a skip. */
  | { kind: "refuse"; reason: string };

/**
 * Decides from its variables whether a suite runs. Without the flag it is skipped. With the flag and every value it runs.
 * With the flag and no value, as in a pipeline without secrets, it is skipped and lists what is missing. With the flag
 * and some values it fails. `staging` in BERTH_TEST_REQUIRE turns every skip into a failure.
 */
export function readAsked<T extends Asking>(environment: NodeJS.ProcessEnv, asking: T): Asked<T> {
  const { flag, values } = asking;
  const found = Object.entries(values).map(([key, names]) => ({ key, names, value: firstOf(environment, names) }));
  const missing = found.filter(({ value }) => value === null).map(({ names }) => names.join(" or "));
  const lists = `Missing: ${missing.join(", ")}.`;
  const isRequired = (environment.BERTH_TEST_REQUIRE ?? "").split(",").includes("staging");
  const skip = (reason: string): Asked<T> =>
    isRequired ? { kind: "refuse", reason: `BERTH_TEST_REQUIRE asks for it. ${reason}` } : { kind: "skip", reason };

  const asked = environment[flag] ?? "";
  if (asked === "" || asked === "0") {
    return skip(missing.length === 0 ? `${flag}=1 asks for it.` : `${flag}=1 asks for it. ${lists}`);
  }
  if (asked !== "1") return { kind: "refuse", reason: `${flag} is 1 or nothing.` };
  if (missing.length === found.length) return skip(`${flag} is set, and nothing that says where to run. ${lists}`);
  if (missing.length > 0) return { kind: "refuse", reason: `Only a part of what ${flag}=1 needs is set. ${lists}` };
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
