import { readFile } from "node:fs/promises";
import type { Workspace } from "@berth/domain";
import { expect } from "vitest";
import { commandCalls } from "./command-calls.ts";
import { type TestApi, until } from "./test-api.ts";

/** A server that runs inside a workspace. */
export interface PortServer {
  port: number;
  commandId: string;
  /** What it has printed so far, without its port. */
  printed(): Promise<string[]>;
}

const PROGRAM = new URL("port-server.fixture.mjs", import.meta.url);

/** Starts the fixture's server in the workspace, as a user would. */
export async function startPortServer(
  api: TestApi,
  { id: workspaceId }: Workspace,
  address: string,
): Promise<PortServer> {
  const commands = commandCalls({ origin: api.listening, token: api.api.ownerToken, call: api.call }, workspaceId);
  const program = await readFile(PROGRAM, "utf8");
  const file = { workspaceId, root: "/workspace", path: "/server.mjs", content: program };
  expect((await api.call("files.write", file)).problem).toBeUndefined();
  const output = `server-${address.replaceAll(":", "_")}.log`;
  const { id } = await commands.start({ command: `exec "${process.execPath}" server.mjs ${address} > ${output} 2>&1` });
  const lines = async () => {
    const { data } = await api.call("files.read", { workspaceId, root: "/workspace", path: `/${output}` });
    return String(data?.content ?? "")
      .split("\n")
      .filter((line) => line !== "");
  };
  const port = await until(async () => Number((await lines())[0]) || undefined);
  return { port, commandId: id, printed: async () => (await lines()).slice(1) };
}
