import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Workspace } from "@berth/domain";
import { ApiProcess, freePort } from "../fixtures/api-process.ts";
import { TenantApi } from "./tenant-api.ts";

export interface OwnTenant extends AsyncDisposable {
  api: TenantApi;
  process: ApiProcess;
  /** Records the installation's machines, so that cleanup also removes their network, which outlives the workspaces. */
  recordMachines(): Promise<void>;
}

/** A tenant like a deployed one: every request must name its org, and the owner's token comes from outside. */
export async function openOwnTenant(environment: Record<string, string>): Promise<OwnTenant> {
  const dataDirectory = await mkdtemp(join(tmpdir(), "berth-tenant-"));
  const [orgId, token] = [randomUUID(), randomBytes(24).toString("hex")];
  const port = await freePort();
  const settings = { BERTH_ORG_ID: orgId, BERTH_OWNER_TOKEN: token, BERTH_PUBLIC_URL: `http://127.0.0.1:${port}` };
  const removeDataDirectory = () => rm(dataDirectory, { recursive: true, force: true });
  const starting = ApiProcess.start({ dataDirectory, port, environment: { ...environment, ...settings } });
  const process = await starting.catch(async (error: unknown) => {
    await removeDataDirectory();
    throw error;
  });
  const api = new TenantApi({ url: process.url, token, orgId });
  const inspector = environment.BERTH_BACKENDS === "docker" ? await dockerInspector(dataDirectory) : null;
  const recordMachines = async () => {
    for (const { id } of inspector ? await listWorkspaces(api) : []) await inspector?.machines(id);
  };
  return {
    ...{ api, process, recordMachines },
    async [Symbol.asyncDispose]() {
      try {
        await recordMachines();
        await eraseAll(api);
      } finally {
        await process.stop();
        await inspector?.cleanUp();
        await removeDataDirectory();
      }
    },
  };
}

/** Loaded on demand, because most tenants do not use Docker. */
async function dockerInspector(dataDirectory: string) {
  const { openEngineInspector } = await import("../persistence/engine-inspector.ts");
  return openEngineInspector("docker", dataDirectory);
}

const listWorkspaces = async (api: TenantApi): Promise<Workspace[]> =>
  (await api.query<{ items: Workspace[] }>("workspaces.list", { limit: 500 })).items;

async function eraseAll(api: TenantApi): Promise<void> {
  for (;;) {
    const items = await listWorkspaces(api);
    if (items.length === 0) return;
    for (const { id, name, status } of items) {
      if (status === "deleting") continue;
      await api.mutate("workspaces.delete", { id, confirmName: name, eraseData: true, cascade: true });
    }
    await setTimeout(100);
  }
}
