import { expect, test } from "vitest";
import { openHarness } from "../testing/index.ts";
import { authenticateDaemon } from "./authenticate.ts";
import { initialTunnelToken } from "./secrets.ts";

test("a daemon is refused while its workspace is paused, and its old token is refused after the resume", async () => {
  await using harness = await openHarness();
  const { deps } = harness;
  const workspace = await harness.online();
  const paused = await harness.incarnationOf(workspace);
  const connect = (incarnationId: string) =>
    authenticateDaemon(deps, { incarnationId, token: initialTunnelToken(deps.installation, incarnationId) });
  expect(await connect(paused)).toMatchObject({ workspaceId: workspace.id });

  await harness.after("pause", workspace);
  expect(await connect(paused)).toBeNull();

  await harness.after("resume", workspace);
  // The same instance reconnects with another token.
  expect(await harness.incarnationOf(workspace)).toBe(paused);
  expect(deps.tunnel.session(paused)?.closed).toBe(false);
  expect(await connect(paused)).toBeNull();
});

test("an instance created before tokens were renewed keeps its token across a resume", async () => {
  await using harness = await openHarness();
  const { deps } = harness;
  const workspace = await harness.online();
  const incarnationId = await harness.incarnationOf(workspace);
  await harness.sql("update incarnations set start_generation = null where id = $1", [incarnationId]);
  await harness.after("pause", workspace);
  await harness.after("resume", workspace);
  const token = initialTunnelToken(deps.installation, incarnationId);
  expect(await authenticateDaemon(deps, { incarnationId, token })).toMatchObject({ workspaceId: workspace.id });
});
