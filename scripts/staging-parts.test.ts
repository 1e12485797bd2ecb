import { expect, test } from "vitest";
import { dataPersistenceOutcome, enabledStagingParts } from "./staging-parts.ts";

test("each suite for running tenants is enabled by its own variable", () => {
  expect(enabledStagingParts({ STAGING_TENANT_URL: "https://tenant.test" }, "/nowhere")).toHaveLength(0);
  expect(enabledStagingParts({ CANVAS_E2E_STAGING: "" }, "/nowhere")).toHaveLength(0);
  expect(enabledStagingParts({ STAGING_E2E: "1" }, "/nowhere")).toHaveLength(1);
  expect(enabledStagingParts({ STAGING_E2E: "1", CANVAS_E2E_STAGING: "1" }, "/nowhere")).toHaveLength(2);
});

test("the proof on a tenant passes only when it prints PASSED", () => {
  const outputOf = (line: string) => `data-persistence: created\ndata-persistence: ${line}\n`;
  expect(dataPersistenceOutcome(true, outputOf("PASSED"), 5)).toMatchObject({ passed: 1, failed: 0, skipped: 0 });
  expect(dataPersistenceOutcome(true, outputOf("SKIPPED. Missing: TENANT_HOST."), 1)).toMatchObject({
    skipped: 1,
    notes: ["Skipped: Missing: TENANT_HOST."],
  });
  expect(dataPersistenceOutcome(false, outputOf("FAILED. DATA-VOLUME REGRESSION: gone."), 5)).toMatchObject({
    failed: 1,
    notes: ["Failed: DATA-VOLUME REGRESSION: gone."],
  });
  for (const output of ["", outputOf("created")]) {
    expect(dataPersistenceOutcome(true, output, 1)).toMatchObject({ passed: 0, failed: 1 });
  }
  expect(dataPersistenceOutcome(false, outputOf("PASSED"), 1)).toMatchObject({ passed: 0, failed: 1 });
});
