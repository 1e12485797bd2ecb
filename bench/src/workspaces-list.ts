import { createTestDatabase, startTestServer } from "@berth/db/testing";
import pg from "pg";
import { BenchmarkApi } from "./benchmark-api.ts";
import { median, percentile, round, saveResult, timed } from "./report.ts";

const WORKSPACES = 10_000;
const PAGE = 100;
const ROUNDS = 60;
const TARGET = 3;

/** Measures a page of 100 of 10,000 workspaces through HTTP, against the same rows read directly with `pg`. */
export async function workspacesList(): Promise<void> {
  const server = await startTestServer();
  try {
    await using database = await createTestDatabase();
    await using berth = await BenchmarkApi.open({ BERTH_BACKENDS: "memory", DATABASE_URL: database.url });
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await seed(client);
    const direct: number[] = [];
    const ours: number[] = [];
    for (let index = -5; index < ROUNDS; index++) {
      const floor = await timed(() => client.query(SAME_ROWS, [PAGE + 1]));
      const api = await timed(() => berth.client.workspaces.list.query({ limit: PAGE }));
      if (floor.result.rowCount !== PAGE + 1 || api.result.items.length !== PAGE)
        throw new Error("The page is incomplete.");
      // The first five are warm-ups.
      if (index < 0) continue;
      direct.push(floor.ms);
      ours.push(api.ms);
    }
    await client.end();
    const figure = round(median(ours) / median(direct));
    saveResult({
      name: "workspaces-list",
      target: `p50 at most ${TARGET} times the same SQL through pg`,
      figure,
      met: figure <= TARGET,
      summary: {
        "pg p50 ms": round(median(direct)),
        "ours p50 ms": round(median(ours)),
        "ours p95 ms": round(percentile(ours, 0.95)),
        ratio: figure,
      },
      raw: { direct, ours },
    });
  } finally {
    await server.stop();
  }
}

const SAME_ROWS = `
  select workspaces.*, volumes.*, incarnations.fingerprint from workspaces
  left join volumes on volumes.id = workspaces.volume_id
  left join incarnations on incarnations.id = workspaces.incarnation_id
  where workspaces.org_id = (select org_id from installation) and workspaces.status <> 'deleted'
  order by workspaces.created_at desc, workspaces.id desc limit $1`;

async function seed(client: pg.Client): Promise<void> {
  await client.query(
    `with made as (
       insert into volumes (id, org_id, workspace_name, backend, made_at)
       select gen_random_uuid(), (select org_id from installation), 'seed', 'memory', now() from generate_series(1, $1) returning id
     ), numbered as (select id, row_number() over () as n from made)
     insert into workspaces (id, org_id, name, runtime, model, tier, backend, compute, desired, status, volume_id, data_state, created_at)
     select gen_random_uuid(), (select org_id from installation), 'workspace ' || n, 'shell', 'model', 3, 'memory',
       '{"dataPersistence":"auto","homeSnapshot":false}', 'paused', 'paused', id, 'intact', now() - make_interval(secs => n)
     from numbered`,
    [WORKSPACES],
  );
  await client.query("analyze");
}
