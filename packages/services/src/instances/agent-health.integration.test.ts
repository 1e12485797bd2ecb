import { programMissing } from "@berth/domain";
import { expect, test } from "vitest";
import { newWorkspace, openHarness } from "../testing/index.ts";
import { createWorkspace } from "../workspaces/create.ts";
import { agentLog } from "../workspaces/logs.ts";
import { requestVerb } from "../workspaces/verbs.ts";

test("a start fails when its runtime's program is missing, and the agent log says what to install", async () => {
  await using harness = await openHarness();
  const { deps, actor } = harness;
  const { workspace, operation } = await createWorkspace(deps, actor, { ...newWorkspace(), runtime: "claude-code" });
  const { id } = workspace;
  const ended = await harness.ended(operation);
  const sentence = programMissing("claude-agent");
  expect(ended).toMatchObject({ status: "failed", error: { code: "workspace_not_running", retryable: false } });
  expect(ended.error?.message).toContain(`Claude Code cannot start. ${sentence}`);
  expect(ended.steps.at(-1)).toMatchObject({ name: "Start the program", status: "failed" });
  // The next sweep checks the volume.
  await expect.poll(() => harness.current(workspace)).toMatchObject({ status: "failed", dataState: "intact" });

  const whole = await agentLog(deps, actor, { id, tailBytes: 65_536 });
  expect(whole).toEqual({ text: expect.stringContaining(sentence), truncated: false });
  expect(await agentLog(deps, actor, { id, tailBytes: 12 })).toEqual({ text: whole.text.slice(-12), truncated: true });

  // Later starts fail in the same way, and the data remains.
  await harness.ended(await requestVerb(deps, actor, "restart", { id, force: false }));
  const again = await harness.current(workspace);
  expect(again).toMatchObject({ status: "failed", volume: { state: "attached" } });
  expect(again.statusReason?.message).toContain(sentence);
});
