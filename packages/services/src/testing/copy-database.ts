import type { ScenarioHarness } from "./scenario.ts";

/** Copies all tables. @returns a function that restores them. No replica may run during the restore. */
export async function copyDatabase({ sql }: Pick<ScenarioHarness, "sql">): Promise<() => Promise<void>> {
  const rows = await sql<{ name: string }>("select tablename as name from pg_tables where schemaname = 'public'");
  const tables = rows.map(({ name }) => name);
  await sql("drop schema if exists dump cascade");
  await sql("create schema dump");
  for (const table of tables) await sql(`create table dump.${table} as table public.${table}`);
  return async () => {
    const restored = tables.map(
      (table) => `delete from public.${table}; insert into public.${table} select * from dump.${table};`,
    );
    // A single message runs as one transaction. The replica role disables foreign key checks.
    await sql(`set local session_replication_role = replica; ${restored.join("\n")}`);
  };
}
