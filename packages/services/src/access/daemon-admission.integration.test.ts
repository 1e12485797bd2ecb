import { expect, test } from "vitest";
import { openBench } from "../testing/index.ts";
import { authenticateDaemon } from "./authenticate.ts";
import { firstTunnelToken } from "./secrets.ts";

test("a daemon is refused while its workspace is paused, and its old token is refused after the resume", async () => {
  await using bench = await openBench();
  const { deps } = bench;
  const workspace = await bench.online();
  const paused = await bench.incarnationOf(workspace);
  const connect = (incarnationId: string) =>
    authenticateDaemon(deps, { incarnationId, token: firstTunnelToken(deps.installation, incarnationId) });
  expect(await connect(paused)).toMatchObject({ workspaceId: workspace.id });

  await bench.after("pause", workspace);
  expect(await connect(paused)).toBeNull();

  await bench.after("resume", workspace);
  // The same instance is connected again, with another token.
  expect(await bench.incarnationOf(workspace)).toBe(paused);
  expect(deps.tunnel.session(paused)?.closed).toBe(false);
  expect(await connect(paused)).toBeNull();
});

test("an instance created before tokens were renewed keeps its token across a resume", async () => {
  await using bench = await openBench();
  const { deps } = bench;
  const workspace = await bench.online();
  const incarnationId = await bench.incarnationOf(workspace);
  await bench.sql("update incarnations set start_generation = null where id = $1", [incarnationId]);
  await bench.after("pause", workspace);
  await bench.after("resume", workspace);
  const token = firstTunnelToken(deps.installation, incarnationId);
  expect(await authenticateDaemon(deps, { incarnationId, token })).toMatchObject({ workspaceId: workspace.id });
});
