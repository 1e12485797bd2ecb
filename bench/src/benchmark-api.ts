import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { BerthClient } from "@berth/client";
import type { BackendKind, Workspace } from "@berth/domain";
import { ApiProcess } from "@berth/e2e/api-process";

const SETTLE_WITHIN_MS = 60_000;

/** A real API process with its own data directory, both removed at the end of the benchmark. */
export class BenchmarkApi implements AsyncDisposable {
  readonly api: ApiProcess;
  readonly client: BerthClient;
  readonly token: string;
  readonly scratch: string;

  private constructor(api: ApiProcess, client: BerthClient, token: string, scratch: string) {
    this.api = api;
    this.client = client;
    this.token = token;
    this.scratch = scratch;
  }

  static async open(environment: Record<string, string>): Promise<BenchmarkApi> {
    const scratch = await mkdtemp(join(tmpdir(), "berth-bench-"));
    const api = await ApiProcess.start({ dataDirectory: join(scratch, "data"), environment });
    return new BenchmarkApi(api, await api.client(), await api.ownerToken(), scratch);
  }

  async createOnline(name: string, backend: BackendKind): Promise<Workspace> {
    const { workspace } = await this.client.workspaces.create.mutate({ name, compute: { backend } });
    return this.waitForStatus(workspace.id, "online");
  }

  async waitForStatus(id: string, status: Workspace["status"]): Promise<Workspace> {
    for (const endsAt = Date.now() + SETTLE_WITHIN_MS; Date.now() < endsAt; ) {
      const workspace = (await this.client.workspaces.get.query({ id })) as Workspace;
      if (workspace.status === status) return workspace;
      if (workspace.status === "failed") throw new Error(workspace.statusReason?.message);
      await setTimeout(20);
    }
    throw new Error(`The workspace did not become ${status} in time.\n${this.api.log.slice(-2000)}`);
  }

  async erase(id: string, name: string): Promise<void> {
    await this.client.workspaces.delete.mutate({ id, confirmName: name, eraseData: true });
    await this.waitForStatus(id, "deleted");
  }

  /** Requests the bytes of one workspace file. */
  file(id: string, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${this.token}`, ...init.headers };
    return fetch(`${this.api.url}/files/${id}/workspace/${path}`, { ...init, headers });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.api.stop();
    await rm(this.scratch, { recursive: true, force: true });
  }
}
