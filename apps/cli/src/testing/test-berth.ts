import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BerthClient, createBerthClient } from "@berth/client";
import { createTestDatabase } from "@berth/db/testing";
import { ApiProcess } from "@berth/e2e/api-process";
import { bundleCli } from "../build/bundle.ts";

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
  /** Standard output as one JSON value. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it the way a script in any language does.
  readonly json: any;
  /** Standard output as lines of JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly lines: any[];
}

export interface RunOptions {
  stdin?: string | Buffer;
  env?: Record<string, string | undefined>;
  cwd?: string;
}

export interface TestBerth extends AsyncDisposable {
  readonly api: ApiProcess;
  readonly client: BerthClient;
  /** A folder for files of the test. */
  readonly folder: string;
  /** The environment of a person who has signed in. */
  readonly environment: Record<string, string | undefined>;
  /** The built program, as a child process. */
  readonly program: string;
  run(args: readonly string[], options?: RunOptions): Promise<Ran>;
  start(args: readonly string[], options?: RunOptions): ReturnType<typeof spawn>;
}

/** A real API process with the local backend, and the built `berth`. */
export async function openTestBerth({ orgId }: { orgId?: string } = {}): Promise<TestBerth> {
  const database = await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), "berth-cli-test-"));
  const org: Record<string, string> = orgId === undefined ? {} : { BERTH_ORG_ID: orgId };
  const environment = { DATABASE_URL: database.url, BERTH_BACKENDS: "local", ...org };
  const [program, api] = await Promise.all([
    bundleCli(),
    ApiProcess.start({ dataDirectory: join(folder, "data"), environment }),
  ]);
  const client = createBerthClient({ url: api.url, token: await api.ownerToken(), orgId });
  const signedIn = {
    BERTH_URL: api.url,
    BERTH_TOKEN: await api.ownerToken(),
    BERTH_CONFIG_DIR: join(folder, "config"),
  };
  const start: TestBerth["start"] = (args, { env = {}, cwd = folder } = {}) =>
    spawn(process.execPath, [program, ...args], { cwd, env: { ...process.env, ...signedIn, ...env } });
  return {
    ...{ api, client, folder, program, environment: signedIn, start },
    run: (args, options = {}) => ranOf(start(args, options), options.stdin),
    async [Symbol.asyncDispose]() {
      // Local workspaces outlive their API by design.
      const { items } = await client.workspaces.list.query({ limit: 500 });
      for (const { id, name, parentId } of items) {
        if (parentId !== null) continue;
        await client.workspaces.delete.mutate({ id, confirmName: name, eraseData: true, cascade: true });
      }
      await untilEmpty(client);
      await api.stop();
      await database[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function untilEmpty(client: BerthClient): Promise<void> {
  for (;;) {
    const { items } = await client.workspaces.list.query({ limit: 1 });
    if (items.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function ranOf(child: ReturnType<typeof spawn>, stdin: string | Buffer = ""): Promise<Ran> {
  const printed = { stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    printed.stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    printed.stderr += text;
  });
  // It may end before it has read its input.
  child.stdin?.on("error", () => {}).end(stdin);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return {
    ...{ code, ...printed },
    get json() {
      return JSON.parse(printed.stdout);
    },
    get lines() {
      return printed.stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
    },
  };
}
