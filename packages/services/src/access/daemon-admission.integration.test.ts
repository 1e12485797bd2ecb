import { expect, test } from "vitest";
import { openBench } from "../testing/index.ts";
import { authenticateDaemon } from "./authenticate.ts";
import { tunnelToken } from "./secrets.ts";

test("a daemon is refused while its workspace is paused, and let in once it is resumed", async () => {
  await using bench = await openBench();
  const { deps } = bench;
  const workspace = await bench.online();
  const paused = await bench.incarnationOf(workspace);
  const dial = (incarnationId: string) =>
    authenticateDaemon(deps, { incarnationId, token: tunnelToken(deps.installation, incarnationId) });
  expect(await dial(paused)).toMatchObject({ workspaceId: workspace.id });

  await bench.after("pause", workspace);
  expect(await dial(paused)).toBeNull();

  await bench.after("resume", workspace);
  expect(await dial(await bench.incarnationOf(workspace))).toMatchObject({ workspaceId: workspace.id });
});
