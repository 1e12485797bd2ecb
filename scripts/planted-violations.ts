/** A file that violates one rule, and the expected report. */
export interface PlantedViolation {
  rule: string;
  path: string;
  source: string;
  /** A part of the report, in addition to the path. */
  reported: string;
}

const plugin = "plugin";
const plant = (rule: string, path: string, source: string, reported: string): PlantedViolation => ({
  rule,
  path,
  source: `${source}\n`,
  reported,
});
const importOf = (name: string): string => `import * as planted from "${name}";\nexport const used = planted;`;

/** One violation of each rule that Biome checks. */
export const LINT_VIOLATIONS: PlantedViolation[] = [
  plant("domain imports only zod", "packages/domain/src/planted.ts", importOf("node:fs"), plugin),
  plant("db does not import backends", "packages/db/src/planted.ts", importOf("@berth/backends"), plugin),
  plant("backends do not import db", "packages/backends/src/planted.ts", importOf("@berth/db"), plugin),
  plant("services do not import routers", "packages/services/src/planted.ts", importOf("@berth/routers"), plugin),
  plant("tools call procedures alone", "packages/mcp/src/planted.ts", importOf("@berth/services"), plugin),
  plant("routers do not bypass services", "packages/routers/src/planted.ts", importOf("@berth/db"), plugin),
  plant("the client does not import the server", "packages/client/src/planted.ts", importOf("@berth/services"), plugin),
  plant("the daemon imports only domain", "apps/daemon/src/planted.ts", importOf("@berth/backends"), plugin),
  plant("the canvas does not import services", "apps/canvas/src/planted.ts", importOf("@berth/services"), plugin),
  plant(
    "a feature is imported through its index",
    "apps/canvas/src/features/home/planted.ts",
    importOf("#features/map/map-view.tsx"),
    plugin,
  ),
  plant(
    "shared does not import features",
    "apps/canvas/src/shared/ui/planted.ts",
    importOf("#features/map/index.ts"),
    plugin,
  ),
  plant("the API does not import the client", "apps/api/src/planted.ts", importOf("@berth/client"), plugin),
  plant("the command line knows only the client", "apps/cli/src/planted.ts", importOf("@berth/routers"), plugin),
  plant("e2e does not import db", "e2e/planted.ts", importOf("@berth/db"), plugin),
  plant(
    "no relative path into a package",
    "apps/api/src/planted-path.ts",
    importOf("../../../packages/db/src/pool.ts"),
    plugin,
  ),
  plant(
    "domain imports only zod, dynamic import",
    "packages/domain/src/planted-late.ts",
    'export const late = import("node:fs");',
    plugin,
  ),
  plant(
    "db does not import backends, dynamic import",
    "packages/db/src/planted-late.ts",
    'export const late = import("@berth/backends");',
    plugin,
  ),
  plant("no deep import", "packages/services/src/planted-deep.ts", importOf("@berth/db/src/pool.ts"), plugin),
  plant(
    "undeclared dependency",
    "packages/routers/src/planted-undeclared.ts",
    importOf("fastify"),
    "noUndeclaredDependencies",
  ),
  plant("SQL only in db", "packages/services/src/planted-sql.ts", importOf("pg"), plugin),
  plant("SQL only in db, Drizzle", "apps/api/src/planted-sql.ts", importOf("drizzle-orm/pg-core"), plugin),
  plant("SQL only in db, dynamic import", "apps/api/src/planted-late.ts", 'export const late = import("pg");', plugin),
  plant(
    "the daemon opens regular files only",
    "apps/daemon/src/planted-open.ts",
    'import { readFile } from "node:fs/promises";\nexport const read = (path: string) => readFile(path);',
    plugin,
  ),
  plant("aws-sdk only in ec2", "packages/backends/src/local/planted-aws.ts", importOf("@aws-sdk/client-ec2"), plugin),
  plant("dockerode only in docker", "packages/backends/src/local/planted.ts", importOf("dockerode"), plugin),
  plant("tRPC only in routers", "packages/services/src/planted-trpc.ts", importOf("@trpc/server"), plugin),
  plant(
    "erase orders only in db",
    "packages/services/src/planted-erase.ts",
    importOf("@berth/domain/erase-order"),
    plugin,
  ),
  plant(
    "requests only in one place",
    "packages/services/src/planted-request.ts",
    importOf("@berth/db/requests"),
    plugin,
  ),
  plant("types only in the canvas", "apps/canvas/src/planted-value.ts", importOf("@berth/routers"), plugin),
  plant("types only in the client", "packages/client/src/planted-value.ts", importOf("@berth/routers"), plugin),
  plant("test code only in tests", "packages/services/src/planted-testing.ts", importOf("@berth/db/testing"), plugin),
  plant(
    "test code only in tests, by path",
    "packages/db/src/planted-testing.ts",
    importOf("./testing/index.ts"),
    plugin,
  ),
  plant("no module mocks", "packages/services/src/planted.test.ts", 'vi.mock("./x.ts", () => ({}));', plugin),
  plant(
    "settings are read in one place",
    "packages/services/src/planted-env.ts",
    "export const home = process.env.HOME;",
    "noProcessEnv",
  ),
  plant(
    "no import cycle",
    "packages/db/src/planted-cycle.ts",
    'import { b } from "./planted-cycle-2.ts";\nexport const a = () => b;',
    "noImportCycles",
  ),
  plant(
    "no import cycle, other half",
    "packages/db/src/planted-cycle-2.ts",
    'import { a } from "./planted-cycle.ts";\nexport const b = () => a;',
    "noImportCycles",
  ),
  plant("no any", "packages/domain/src/planted-any.ts", "export const f = (x: any) => x;", "noExplicitAny"),
  plant("no focused test", "packages/domain/src/planted.test.ts", 'test.only("x", () => {});', "noFocusedTests"),
  plant(
    "no sleep in e2e",
    "e2e/specs/planted.spec.ts",
    "export const f = async (page) => {\n  await page.waitForTimeout(1000);\n};",
    "noPlaywrightWaitForTimeout",
  ),
  plant(
    "no long file",
    "packages/domain/src/planted-long.ts",
    Array.from({ length: 360 }, (_, n) => `export const n${n} = ${n};`).join("\n"),
    "noExcessiveLinesPerFile",
  ),
  plant("kebab-case files", "packages/domain/src/plantedCase.ts", "export const x = 1;", "useFilenamingConvention"),
];

const ORDER = '{ id: "x", volumeId: "y", reason: "erase_now" as const }';

/** Violations that the type checker reports. */
export const TYPE_VIOLATIONS: PlantedViolation[] = [
  plant(
    "pnpm: an undeclared package does not resolve",
    "packages/domain/src/planted-undeclared.ts",
    importOf("@berth/db"),
    "TS2307",
  ),
  plant(
    "exports: a deep import does not resolve",
    "packages/backends/src/planted-deep.ts",
    importOf("@berth/domain/src/limits.ts"),
    "TS2307",
  ),
  plant(
    "erasing requires an order",
    "packages/backends/src/planted-erase.ts",
    `import type { VolumeEraser } from "./backend.ts";\nexport const f = (eraser: VolumeEraser) => eraser.erase(${ORDER});`,
    "Property '#private' is missing",
  ),
  plant(
    "only db creates an order",
    "packages/backends/src/planted-order.ts",
    'import type { EraseOrder } from "@berth/domain";\nexport const f = (order: typeof EraseOrder) => new order();',
    "TS2673",
  ),
];

/** Violations that oxlint reports. */
export const PROMISE_VIOLATIONS: PlantedViolation[] = [
  plant(
    "no floating promise",
    "packages/domain/src/planted-floating.ts",
    "export function f() {\n  Promise.resolve(1);\n}",
    "no-floating-promises",
  ),
  plant(
    "no assertion in a branch",
    "packages/domain/src/planted-branch.test.ts",
    'import { expect, test } from "vitest";\ntest("x", () => {\n  if (Math.random() < 2) expect(1).toBe(2);\n});',
    "no-conditional-expect",
  ),
  plant(
    "no test without an assertion",
    "packages/domain/src/planted-empty.test.ts",
    'import { test } from "vitest";\ntest("x", () => {});',
    "expect-expect",
  ),
];
