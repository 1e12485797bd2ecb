import { expect, test } from "vitest";
import { openHarness, problem } from "../testing/index.ts";
import { expectedDurations } from "./operations.ts";

test("expected durations come from the workspace, else from its backend, else from the stated values", async () => {
  await using harness = await openHarness();
  const { deps, actor } = harness;
  const [first, second] = [await harness.online(), await harness.online()];
  const of = async (workspaceId: string, kind: string) =>
    (await expectedDurations(deps, actor, { workspaceId })).find((one) => one.kind === kind);

  expect(await of(first.id, "create")).toMatchObject({ basis: "stated", fromSeconds: 1, toSeconds: 3 });

  const ran = (workspaceId: string, seconds: number, status = "succeeded") =>
    harness.sql(
      `insert into operations (org_id, workspace_id, kind, status, requested_by, started_at, finished_at)
       values ($1, $2, 'restart', $3, 'test', now(), now() + $4 * interval '1 second')`,
      [actor.orgId, workspaceId, status, seconds],
    );
  for (const seconds of [100, 110, 120]) await ran(second.id, seconds);
  await ran(second.id, 9_999, "failed");
  expect(await of(first.id, "restart")).toMatchObject({ basis: "backend", fromSeconds: 110, toSeconds: 120 });

  for (const seconds of [10, 11, 12]) await ran(first.id, seconds);
  expect(await of(first.id, "restart")).toMatchObject({ basis: "workspace", fromSeconds: 11, toSeconds: 12 });

  await expect(
    expectedDurations(deps, { ...actor, orgId: crypto.randomUUID() }, { workspaceId: first.id }),
  ).rejects.toEqual(problem({ code: "not_found" }));
});
