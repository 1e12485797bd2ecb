import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Workspace } from "@berth/domain";
import { expect, type TestInfo, test } from "@playwright/test";
import { freePort } from "../fixtures/api-process.ts";
import { BACKENDS_UNDER_TEST } from "../persistence/backends-under-test.ts";
import { openOwnTenant } from "../staging/own-tenant.ts";

// Runs the suite for running tenants like a pipeline, against a local tenant, so that it is exercised on every change and
// cannot pass without running.

const E2E = fileURLToPath(new URL("..", import.meta.url));
const subject = BACKENDS_UNDER_TEST.findLast(({ skipped }) => skipped === null);

test("the tenant suite passes on a tenant, and fails with missing or wrong settings", async ({
  browserName: _,
}, testInfo) => {
  test.setTimeout(240_000);
  if (!subject) throw new Error("No backend is available on this machine.");
  const { backend, image } = subject.options;
  await using tenant = await openOwnTenant({
    BERTH_BACKENDS: backend,
    ...(image === undefined ? {} : { BERTH_DOCKER_IMAGE: image }),
  });
  const { api } = tenant;
  const { workspace } = await api.mutate<{ workspace: Workspace }>("workspaces.create", { name: "on a tenant" });
  const fetchWorkspace = () => api.query<Workspace>("workspaces.get", { id: workspace.id });
  await expect.poll(async () => (await fetchWorkspace()).status, { timeout: 60_000 }).toBe("online");
  const before = await readState(tenant.api, workspace.id);
  const settings = {
    CANVAS_E2E_STAGING: "1",
    STAGING_TENANT_URL: api.tenant.url,
    STAGING_TENANT_TOKEN: api.tenant.token,
    STAGING_WORKSPACE_ID: workspace.id,
    STAGING_ORG_ID: api.tenant.orgId ?? "",
  };

  const passed = await runSuite(settings, testInfo);
  expect(passed.output).toContain("1 passed");
  expect(passed.code).toBe(0);
  expect(await readState(tenant.api, workspace.id), "the suite leaves nothing behind").toEqual(before);

  const withoutToken = await runSuite({ ...settings, STAGING_TENANT_TOKEN: "" }, testInfo);
  expect(withoutToken.output).toContain("Missing: STAGING_TENANT_TOKEN.");
  expect(withoutToken.code).toBe(1);
  for (const [name, value] of [
    ["STAGING_TENANT_TOKEN", "x".repeat(32)],
    ["STAGING_ORG_ID", "another-org"],
    ["STAGING_TENANT_URL", `http://127.0.0.1:${await freePort()}`],
  ] as const) {
    const wrong = await runSuite({ ...settings, [name]: value }, testInfo);
    expect(wrong.code, `exit code with a wrong ${name}: ${wrong.output}`).toBe(1);
  }
});

test("the tenant suite is skipped without secrets, and fails where it is required", async ({
  browserName: _,
}, testInfo) => {
  const names = "STAGING_TENANT_URL, STAGING_TENANT_TOKEN, STAGING_WORKSPACE_ID, STAGING_ORG_ID";
  for (const settings of [{}, { CANVAS_E2E_STAGING: "1" }]) {
    const skipped = await runSuite(settings, testInfo);
    expect(skipped.output).toContain(`Missing: ${names}.`);
    expect(skipped.output).toMatch(/1 skipped/);
    expect(skipped.code).toBe(0);
    const required = await runSuite({ ...settings, BERTH_TEST_REQUIRE: "staging" }, testInfo);
    expect(required.output).toContain(`Missing: ${names}.`);
    expect(required.code).toBe(1);
  }
});

/** State that the suite could have left behind. */
async function readState(api: Awaited<ReturnType<typeof openOwnTenant>>["api"], id: string) {
  const { name, role, generation, status, compute, position } = await api.query<Workspace>("workspaces.get", { id });
  const { entries } = await api.query<{ entries: { name: string }[] }>("files.list", {
    workspaceId: id,
    root: "/workspace",
  });
  const listed = await api.query<{ terminals: { endedAt: string | null }[] }>("terminals.list", { workspaceId: id });
  const terminals = listed.terminals.filter(({ endedAt }) => endedAt === null);
  return { name, role, generation, status, compute, position, entries, terminals };
}

/** `playwright test --project=staging` with only these settings. */
async function runSuite(
  settings: Record<string, string>,
  testInfo: TestInfo,
): Promise<{ code: number; output: string }> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(STAGING_|CANVAS_E2E_|TEST_|PLAYWRIGHT_|PW_|BERTH_TEST_REQUIRE$|CI$)/.test(name),
  );
  const folder = testInfo.outputPath("staging");
  const command = ["node_modules/@playwright/test/cli.js", "test", "--project=staging", "--reporter=list"];
  const child = spawn(process.execPath, [...command, "--retries=0", "--output", folder], {
    cwd: E2E,
    env: { ...Object.fromEntries(inherited), ...settings },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes: Buffer) => (output += bytes.toString()));
  const [code] = await once(child, "close");
  return { code: code ?? -1, output };
}
