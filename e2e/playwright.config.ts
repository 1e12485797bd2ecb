import { defineConfig } from "@playwright/test";

/** Disables Chromium's own network requests, and lets it run as root in a container. */
const LAUNCH_ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A spec that can also run against a running tenant (docs/testing.md). Then no other spec runs. */
const STAGING = { name: "staging", testDir: "specs", testMatch: "tabs.spec.ts" };

export default defineConfig({
  // The perf project takes minutes and asserts no targets. Only `pnpm bench canvas` runs it.
  projects: process.env.CANVAS_E2E_STAGING
    ? [STAGING]
    : [
        { name: "specs", testDir: "specs" },
        // A phone: a small touch screen with its own layout.
        {
          name: "mobile",
          testDir: "mobile",
          use: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
        },
        STAGING,
        ...(process.env.BERTH_PERF === undefined ? [] : [{ name: "perf", testDir: "perf", timeout: 1_800_000 }]),
      ],
  outputDir: "test-results",
  timeout: 90_000,
  expect: { timeout: 20_000 },
  // Every worker has its own Berth.
  workers: 2,
  fullyParallel: false,
  reporter: [["list"]],
  use: {
    viewport: { width: 1280, height: 800 },
    launchOptions: { executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium", args: LAUNCH_ARGS },
  },
});
