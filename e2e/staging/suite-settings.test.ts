import { describe, expect, test } from "vitest";
import { decideSuite, tenantUrl } from "./suite-settings.ts";

const SUITE_VARIABLES = {
  flag: "SUITE",
  values: { url: ["SUITE_URL"], token: ["SUITE_TOKEN"], orgId: ["BERTH_ORG_ID", "MOLECULE_ORG_ID"] },
} as const;
const decide = (environment: NodeJS.ProcessEnv) => decideSuite(environment, SUITE_VARIABLES);
const ALL = { SUITE: "1", SUITE_URL: "https://tenant.test", SUITE_TOKEN: "secret", BERTH_ORG_ID: "org" };

describe("a suite against a running tenant", () => {
  test("runs when all variables are set, including under an older name", () => {
    const values = { url: "https://tenant.test", token: "secret", orgId: "org" };
    expect(decide(ALL)).toEqual({ kind: "run", values });
    const { BERTH_ORG_ID, ...others } = ALL;
    expect(decide({ ...others, MOLECULE_ORG_ID: BERTH_ORG_ID })).toEqual({ kind: "run", values });
    expect(decide({ ...ALL, MOLECULE_ORG_ID: "older" })).toEqual({ kind: "run", values });
  });

  test.each([{}, { SUITE: "" }, { SUITE: "0" }])("is skipped without the flag: %o", (environment) => {
    const decision = decide(environment);
    expect(decision).toMatchObject({ kind: "skip" });
    expect(decision).toMatchObject({ reason: expect.stringContaining("SUITE=1") });
    expect(decision).toMatchObject({
      reason: expect.stringContaining("SUITE_URL, SUITE_TOKEN, BERTH_ORG_ID or MOLECULE_ORG_ID"),
    });
  });

  test("is skipped and lists every variable when only the flag is set", () => {
    expect(decide({ SUITE: "1", SUITE_URL: " " })).toEqual({
      kind: "skip",
      reason: expect.stringContaining("Missing: SUITE_URL, SUITE_TOKEN, BERTH_ORG_ID or MOLECULE_ORG_ID."),
    });
  });

  test("fails when a variable is missing, and names it without printing other values", () => {
    for (const name of ["SUITE_URL", "SUITE_TOKEN", "BERTH_ORG_ID"]) {
      const decision = decide({ ...ALL, [name]: "" });
      expect(decision).toMatchObject({ kind: "refuse", reason: expect.stringContaining(`Missing: ${name}`) });
      expect(JSON.stringify(decision)).not.toMatch(/secret/);
    }
  });

  test("fails when the flag has an unknown value", () => {
    expect(decide({ ...ALL, SUITE: "true" })).toMatchObject({ kind: "refuse", reason: "SUITE must be 1 or unset." });
  });

  test("fails instead of being skipped when it is required", () => {
    const required = { BERTH_TEST_REQUIRE: "chromium,staging" };
    expect(decide(required)).toMatchObject({ kind: "refuse", reason: expect.stringContaining("SUITE_TOKEN") });
    expect(decide({ ...required, SUITE: "1" })).toMatchObject({ kind: "refuse" });
    expect(decide({ ...required, ...ALL })).toMatchObject({ kind: "run" });
  });
});

test("tenantUrl accepts a host name or a URL", () => {
  expect(tenantUrl("acme.example.com")).toBe("https://acme.example.com");
  expect(tenantUrl("https://acme.example.com/")).toBe("https://acme.example.com");
  expect(tenantUrl("http://10.0.0.1:3000")).toBe("http://10.0.0.1:3000");
  expect(tenantUrl("127.0.0.1:3000")).toBe("http://127.0.0.1:3000");
});
