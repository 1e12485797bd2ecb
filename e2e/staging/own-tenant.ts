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
}

/** A tenant as one is deployed: with an org that every request must name, and an owner's token from outside. */
export async function openOwnTenant(environment: Record<string, string>): Promise<OwnTenant> {
  const dataDirectory = await mkdtemp(join(tmpdir(), "berth-tenant-"));
  const [orgId, token] = [randomUUID(), randomBytes(24).toString("hex")];
  const port = await freePort();
  const settings = { BERTH_ORG_ID: orgId, BERTH_OWNER_TOKEN: token, BERTH_PUBLIC_URL: `http://127.0.0.1:${port}` };
  const process = await ApiProcess.start({ dataDirectory, port, environment: { ...environment, ...settings } });
  const api = new TenantApi({ url: process.url, token, orgId });
  return {
    ...{ api, process },
    async [Symbol.asyncDispose]() {
      try {
        await eraseAll(api);
      } finally {
        await process.stop();
      }
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

async function eraseAll(api: TenantApi): Promise<void> {
  for (;;) {
    const { items } = await api.query<{ items: Workspace[] }>("workspaces.list", { limit: 500 });
    if (items.length === 0) return;
    for (const { id, name, status } of items) {
      if (status === "deleting") continue;
      await api.mutate("workspaces.delete", { id, confirmName: name, eraseData: true, cascade: true });
    }
    await setTimeout(100);
  }
}
