import { setTimeout } from "node:timers/promises";
import type { BerthClient } from "@berth/client";

const FILES: Record<string, string> = {
  "notes.md":
    "# Notes\n\n- What survives a restart: everything in `/workspace`\n- What does not: `$HOME`\n\n```ts\nconst answer = 42;\n```\n",
  "papers/attention.txt": "…",
  "papers/persistence.txt": "…",
  "src/index.ts": "export const answer = 42;\n",
  "data/results.csv": "round,kept\n1,all\n50,all\n",
};

export type Ids = Readonly<Record<string, string>>;

export function idIn(ids: Ids, name: string): string {
  const id = ids[name];
  if (!id) throw new Error(`${name} was not created.`);
  return id;
}

/** Seeds a small team: one member paused, one hibernated, a deleted one with kept data, and the receipt of another. */
export async function seedPictures(client: BerthClient): Promise<Ids> {
  const ids: Record<string, string> = {};
  const add = async (name: string, role: string, x: number, y: number, parent?: string) => {
    const { workspace } = await client.workspaces.create.mutate({
      name,
      role,
      position: { x, y },
      compute: { dataPersistence: name === "old-experiment" ? "auto" : "persist" },
      ...(parent ? { parentId: idIn(ids, parent) } : {}),
    });
    ids[name] = workspace.id;
  };
  await add("lead", "Plans the work and reads the results", 0, 0);
  await add("researcher", "Reads papers, keeps notes", -160, 220, "lead");
  await add("builder", "Writes and tests the code", 160, 220, "lead");
  await add("nightly-etl", "Runs at night", 560, 0);
  await add("archive", "Last year's project", 560, 220);
  await add("old-experiment", "No longer needed", 880, 0);
  await add("scratch", "Tried something", 880, 220);
  await waitForStatus(client, "online", Object.values(ids));
  const workspaceId = idIn(ids, "researcher");
  for (const [path, content] of Object.entries(FILES)) {
    await client.files.write.mutate({ workspaceId, root: "/workspace", path, content });
  }
  await client.workspaces.hibernate.mutate({ id: idIn(ids, "nightly-etl") });
  await client.workspaces.pause.mutate({ id: idIn(ids, "archive") });
  await client.workspaces.restart.mutate({ id: idIn(ids, "builder") });
  await client.workspaces.delete.mutate({ id: idIn(ids, "old-experiment"), confirmName: "old-experiment" });
  await client.workspaces.delete.mutate({ id: idIn(ids, "scratch"), confirmName: "scratch", eraseData: true });
  await waitForStatus(client, "hibernated", [idIn(ids, "nightly-etl")]);
  await waitForStatus(client, "paused", [idIn(ids, "archive")]);
  await waitForStatus(client, "online", [idIn(ids, "builder")]);
  await waitForStatus(client, "deleted", [idIn(ids, "old-experiment"), idIn(ids, "scratch")]);
  return ids;
}

async function waitForStatus(client: BerthClient, status: string, ids: string[]): Promise<void> {
  for (;;) {
    const all = await Promise.all(ids.map((id) => client.workspaces.get.query({ id })));
    if (all.every((workspace) => workspace.status === status)) return;
    await setTimeout(50);
  }
}

/** Deletes all workspaces and erases their data. */
export async function eraseAll(client: BerthClient): Promise<void> {
  for (;;) {
    const { items } = await client.workspaces.list.query({ limit: 500 });
    if (items.length === 0) return;
    for (const { id, name, status } of items) {
      if (status === "deleting") continue;
      await client.workspaces.delete.mutate({ id, confirmName: name, eraseData: true, cascade: true });
    }
    await setTimeout(100);
  }
}
