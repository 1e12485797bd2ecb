import type { TestApi } from "./test-api.ts";

export interface Statement {
  text: string;
  values: unknown[];
}

interface Client {
  query(...arguments_: unknown[]): unknown;
}

/** Records the statements that an API under test sends on connections acquired from now on. */
export function recordStatements({ api }: TestApi): { during(work: () => Promise<unknown>): Promise<Statement[]> } {
  const pool = (api.deps.db as unknown as { $client: NodeJS.EventEmitter }).$client;
  const noted = new WeakSet<Client>();
  let logged: Statement[] = [];
  pool.on("acquire", (client: Client) => {
    if (noted.has(client)) return;
    noted.add(client);
    const query = client.query.bind(client);
    client.query = (...given) => {
      const [first, values] = given as [string | { text: string; values?: unknown[] }, unknown[]?];
      const { text, values: own } = typeof first === "string" ? { text: first, values: undefined } : first;
      logged.push({ text, values: values ?? own ?? [] });
      return query(...given);
    };
  });
  return {
    async during(work) {
      logged = [];
      await work();
      return logged;
    },
  };
}
