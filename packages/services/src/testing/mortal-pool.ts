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
  /** Called with the text of every statement before it is sent. */
  onStatement: (text: string) => void;
}

/** The database as one process sees it, which can lose that process in the middle of a transaction. */
export function openMortalPool(url: string): MortalPool {
  const pool = createPool(url, { max: 12, onError: () => {} });
  const sockets = new Set<Socket>();
  const mortal: MortalPool = {
    pool,
    onStatement: () => {},
    die() {
      mortal.onStatement = () => {};
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
    client.query = ((...input: unknown[]) => {
      mortal.onStatement(textOf(input[0]));
      return send(...input);
    }) as typeof client.query;
  });
  return mortal;
}

const textOf = (query: unknown): string =>
  typeof query === "string" ? query : String((query as { text?: unknown } | null)?.text ?? "");
