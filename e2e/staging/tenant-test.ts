import type { Workspace } from "@berth/domain";
import { test as base, expect, type Page } from "@playwright/test";
import { openOwnTenant } from "./own-tenant.ts";
import { CANVAS_SUITE, decideSuite, tenantUrl } from "./suite-settings.ts";
import { headersOf, TenantApi } from "./tenant-api.ts";

/** The workspace whose panel is tested, on a local or a running tenant. */
export interface TenantUnderTest {
  api: TenantApi;
  workspace: Workspace;
  /** Authenticates the page's browser. */
  authenticate(page: Page): Promise<void>;
}

interface WorkerFixtures {
  /** A string is the reason for a skip. */
  workerTenant: TenantUnderTest | string;
}

/**
 * Runs one spec in two environments. In the project `staging`, the environment names the tenant, and the browser sends a
 * bearer token with every request and never signs in. Otherwise the tenant is created locally, and the test signs in.
 */
export const test = base.extend<{ tenant: TenantUnderTest }, WorkerFixtures>({
  workerTenant: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the requested fixtures from this pattern.
    async ({}, use, { project }) => {
      if (project.name === "staging") await use(await runningTenant());
      else await withLocalTenant(use);
    },
    { scope: "worker", timeout: 120_000 },
  ],

  tenant: async ({ workerTenant }, use, testInfo) => {
    if (typeof workerTenant === "string") {
      testInfo.skip(true, workerTenant);
      return;
    }
    await use(workerTenant);
  },
});

/** @throws when the suite is enabled but cannot run: variables are missing, or the tenant does not respond. */
async function runningTenant(): Promise<TenantUnderTest | string> {
  const decision = decideSuite(process.env, CANVAS_SUITE);
  if (decision.kind === "refuse") throw new Error(decision.reason);
  if (decision.kind === "skip") {
    process.stderr.write(`Skipped: the tabs on a running tenant. ${decision.reason}\n`);
    return decision.reason;
  }
  const { url, token, orgId, workspaceId } = decision.values;
  const tenant = { url: tenantUrl(url), token, orgId };
  const api = new TenantApi(tenant);
  const workspace = await api.query<Workspace>("workspaces.get", { id: workspaceId });
  expect(workspace.status, `${workspace.name} must be online, or its tabs have no content`).toBe("online");
  return {
    ...{ api, workspace },
    async authenticate(page) {
      // The browser sends these headers with every request, so requests to other hosts are blocked.
      const { origin } = new URL(tenant.url);
      await page.route(
        (address) => address.origin !== origin && /^https?:$/.test(address.protocol),
        (route) => route.abort("blockedbyclient"),
      );
      await page.setExtraHTTPHeaders(headersOf(tenant));
    },
  };
}

async function withLocalTenant(use: (tenant: TenantUnderTest) => Promise<void>): Promise<void> {
  await using local = await openOwnTenant({ BERTH_BACKENDS: "local" });
  const { api } = local;
  const { workspace } = await api.mutate<{ workspace: Workspace }>("workspaces.create", {
    name: "tabs",
    role: "Shows",
  });
  const fetchWorkspace = () => api.query<Workspace>("workspaces.get", { id: workspace.id });
  await expect.poll(async () => (await fetchWorkspace()).status).toBe("online");
  await use({
    ...{ api, workspace: await fetchWorkspace() },
    authenticate: async (page) => void (await page.goto(await local.process.signInLink())),
  });
}
