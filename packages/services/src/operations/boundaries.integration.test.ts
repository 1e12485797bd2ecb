import { expect, test } from "vitest";
import { openHarness } from "../testing/index.ts";

test("logs the boundaries of a start and a restart once each, in order", async () => {
  await using harness = await openHarness();
  const workspace = await harness.online();
  await harness.after("restart", workspace);
  await harness.after("pause", workspace);
  await harness.after("resume", workspace);
  const { id: workspaceId } = workspace;
  const boundaries = harness.logged.filter(({ evt }) => /^(provision|restart)\./.test(String(evt)));
  const start = { evt: "provision.start", backend: "memory", workspaceId, purpose: "workspace" };
  expect(boundaries).toEqual([
    expect.objectContaining({ ...start, generation: 1 }),
    expect.objectContaining({ evt: "restart.pre_stop", backend: "memory", workspaceId }),
    expect.objectContaining({ ...start, generation: 2 }),
  ]);
  const [first, , second] = boundaries;
  expect(second?.incarnationId).not.toBe(first?.incarnationId);
});
