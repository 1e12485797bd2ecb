import { execFile } from "node:child_process";
import { truncate } from "node:fs/promises";
import { promisify } from "node:util";
import type { Workspace } from "@berth/domain";
import { type ApiResponse, type CallOptions, openTestApi, type TestApi } from "./test-api.ts";

/** An API with one online workspace whose daemon is a separate process, and shortcuts to its files. */
export interface LocalWorkspace extends AsyncDisposable {
  readonly api: TestApi;
  readonly workspace: Workspace;
  /** The address of a path, percent-encoded by the caller. */
  at(path: string): string;
  get(path: string, headers?: Record<string, string>): Promise<ApiResponse>;
  put(
    path: string,
    body: NonNullable<RequestInit["body"]>,
    headers?: Record<string, string>,
    more?: object,
  ): Promise<ApiResponse>;
  /** A `files.*` procedure. */
  ask(name: string, input: Record<string, unknown>): Promise<ApiResponse>;
  bytesOf(path: string): Promise<Buffer>;
}

export async function openLocalWorkspace(): Promise<LocalWorkspace> {
  const api = await openTestApi({ environment: { BERTH_BACKENDS: "local" } });
  const workspace = await api.workspace({ name: "files" });
  const at = (path: string) => `/files/${workspace.id}/workspace${path}`;
  return {
    api,
    workspace,
    at,
    get: (path, headers = {}) => api.request(at(path), { headers }),
    put: (path, body, headers = {}, more = {}) => api.request(at(path), { method: "PUT", body, headers, ...more }),
    ask: (name, input) => api.call(`files.${name}`, { workspaceId: workspace.id, root: "/workspace", ...input }),
    async bytesOf(path) {
      const response = await fetch(`${api.url}${at(path)}`, { headers: authorized(api) });
      return Buffer.from(await response.arrayBuffer());
    },
    [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
  };
}

export const authorized = ({ api }: TestApi, options: CallOptions = {}): Record<string, string> => ({
  authorization: `Bearer ${api.ownerToken}`,
  ...options.headers,
});

/** Extends an existing file with a hole. The default of 8 GiB exceeds every window and buffer on the path. */
export async function stretch(
  { dataDirectory }: Pick<TestApi, "dataDirectory">,
  name: string,
  bytes = 8 * 1024 ** 3,
): Promise<void> {
  const { stdout } = await promisify(execFile)("find", [dataDirectory, "-name", name]);
  await truncate(stdout.trim(), bytes);
}
