import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import { createPool, type Pool } from "@berth/db";

/** What a process that was killed can still do: nothing. */
export class ProcessDied extends Error {
  override readonly name = "ProcessDied";
  constructor() {
    super("The process died here.");
  }
}

export interface MortalPool {
  readonly pool: Pool;
  /** As `kill -9` would: every connection breaks where it stands, and no new one is made. */
  die(): void;
  /** Its connections in `pg_stat_activity`: a statement it had sent when it died is still carried out there. */
  readonly applicationName: string;
  /** Called before every statement that makes something last: a write of its own, or a commit. */
  onWrite: () => void;
}

/** The database as one process sees it, which can lose that process in the middle of a transaction. */
export function openMortalPool(url: string): MortalPool {
  const applicationName = `berth-${randomUUID()}`;
  const pool = createPool(url, { max: 12, applicationName, onError: () => {} });
  const sockets = new Set<Socket>();
  const mortal: MortalPool = {
    pool,
    applicationName,
    onWrite: () => {},
    die() {
      mortal.onWrite = () => {};
      pool.connect = ((callback?: (error: Error) => void) => {
        if (callback) return callback(new ProcessDied());
        return Promise.reject(new ProcessDied());
      }) as typeof pool.connect;
      for (const socket of sockets) socket.destroy();
    },
  };
  pool.on("connect", (client) => {
    sockets.add((client as unknown as { connection: { stream: Socket } }).connection.stream);
    client.on("error", () => {});
    const send = client.query.bind(client) as (...input: unknown[]) => unknown;
    let inTransaction = false;
    client.query = ((...input: unknown[]) => {
      const [word = ""] = /^\s*\w+/.exec(textOf(input[0]).toLowerCase()) ?? [];
      const lasts = word === "commit" || (!inTransaction && ["insert", "update", "delete"].includes(word));
      if (word === "begin") inTransaction = true;
      if (word === "commit" || word === "rollback") inTransaction = false;
      if (lasts) mortal.onWrite();
      return send(...input);
    }) as typeof client.query;
  });
  return mortal;
}

const textOf = (query: unknown): string =>
  typeof query === "string" ? query : String((query as { text?: unknown } | null)?.text ?? "");
