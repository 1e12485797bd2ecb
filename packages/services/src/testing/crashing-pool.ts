import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import { createPool, type Pool } from "@berth/db";

/** Thrown whenever a killed process tries to do something. */
export class ProcessCrashed extends Error {
  override readonly name = "ProcessCrashed";
  constructor() {
    super("The process died here.");
  }
}

export interface CrashingPool {
  readonly pool: Pool;
  /** Simulates `kill -9`: breaks every connection at once and refuses new ones. */
  die(): void;
  /** Identifies its connections in `pg_stat_activity`, where a statement sent before the kill still completes. */
  readonly applicationName: string;
  /** Called before every statement that makes a write durable: a write outside a transaction, or a commit. */
  onWrite: () => void;
}

/** The connection pool of a simulated process that a test can kill in the middle of a transaction. */
export function openCrashingPool(url: string): CrashingPool {
  const applicationName = `berth-${randomUUID()}`;
  const pool = createPool(url, { max: 12, applicationName, onError: () => {} });
  const sockets = new Set<Socket>();
  const crashing: CrashingPool = {
    pool,
    applicationName,
    onWrite: () => {},
    die() {
      crashing.onWrite = () => {};
      pool.connect = ((callback?: (error: Error) => void) => {
        if (callback) return callback(new ProcessCrashed());
        return Promise.reject(new ProcessCrashed());
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
      if (lasts) crashing.onWrite();
      return send(...input);
    }) as typeof client.query;
  });
  return crashing;
}

const textOf = (query: unknown): string =>
  typeof query === "string" ? query : String((query as { text?: unknown } | null)?.text ?? "");
