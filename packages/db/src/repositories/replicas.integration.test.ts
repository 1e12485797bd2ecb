import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { openTestRows } from "../testing/rows.ts";
import { endIncarnation } from "./incarnations.ts";
import { listReplicas, recordHeartbeat, removeOldReplicas } from "./replicas.ts";
import { insertIncarnation } from "./requests.ts";

test("a replica is deleted a week after its last heartbeat, unless an instance from its lifetime is live", async () => {
  await using rows = await openTestRows();
  const [recent, ended, needed] = [randomUUID(), randomUUID(), randomUUID()];
  const beat = (id: string) =>
    recordHeartbeat(rows.db, {
      id,
      url: null,
      backends: ["docker"],
      dataDirectory: "/data",
      tunnelFolder: "/data/tunnel",
    });
  for (const id of [recent, ended, needed]) await beat(id);
  const seen = (id: string, age: string) =>
    rows.pool.query("update replicas set seen_at = now() - $2::interval where id = $1", [id, age]);
  await seen(recent, "6 days");
  await seen(ended, "10 days");
  await seen(needed, "8 days");
  const workspace = await rows.workspace();
  const machine = { id: randomUUID(), workspaceId: workspace.id, generation: 1, backend: "docker" as const };
  await insertIncarnation(rows.db, machine);
  await rows.pool.query("update incarnations set created_at = now() - interval '9 days'");
  expect(await removeOldReplicas(rows.db)).toEqual([ended]);
  await endIncarnation(rows.db, machine.id);
  expect(await removeOldReplicas(rows.db)).toEqual([needed]);
  expect((await listReplicas(rows.db)).map(({ id }) => id)).toEqual([recent]);
});
