import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./scripts/longest-first.ts";

/** Files that are never our tests, in any folder. */
const exclude = ["**/node_modules/**", "**/dist/**", "**/out/**", "**/.next/**", "e2e/specs/**"];

export default defineConfig({
  test: {
    // Tests wait more than they compute: three at a time even on two cores.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: "unit",
          include: ["{apps,packages,bench,scripts,e2e}/**/*.test.ts"],
          exclude: [...exclude, "**/*.integration.test.ts", "scripts/boundaries.test.ts"],
          // Pure code: one shared world per thread is safe, and four times as fast.
          pool: "threads",
          isolate: false,
          expect: { requireAssertions: true },
        },
      },
      {
        // The checks checked: part of `pnpm check`, because it runs the same tools.
        test: { name: "checks", include: ["scripts/boundaries.test.ts"], testTimeout: 60_000, hookTimeout: 60_000 },
      },
      {
        test: {
          name: "integration",
          include: ["{apps,packages,bench,scripts,e2e}/**/*.integration.test.ts"],
          exclude,
          globalSetup: ["packages/db/src/testing/global-setup.ts"],
          // Real processes and databases: a process per file, so that a leak ends with its file.
          pool: "forks",
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // A deadline, not a wait: what is there is seen at once.
          expect: { poll: { timeout: 15_000 } },
        },
      },
    ],
  },
});
