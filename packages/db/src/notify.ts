import type { Pool, PoolClient } from "pg";

/**
 * What a notification wakes. The tables are the truth; a notification only says "look now". Some carry something, for whoever
 * waits now, and nobody misses what comes too late: `berth_boot`, what a booting machine says, `berth_browse_failed`, why
 * the files of a volume could not be opened, and `berth_tunnels`, the incarnation whose daemon has connected somewhere.
 */
export const CHANNELS = [
  "berth_events",
  "berth_operations",
  "berth_superseded",
  "berth_browse",
  "berth_browse_failed",
  "berth_boot",
  "berth_tunnels",
] as const;
export type Channel = (typeof CHANNELS)[number];

export interface Listener {
  /** @returns a function that stops this subscription. */
  on(channel: Channel, handler: (payload: string) => void): () => void;
  close(): Promise<void>;
}

const RECONNECT_MS = 500;

/**
 * One listening connection for the whole process. When it breaks it is made again, and every handler is called once
 * with an empty payload: something may have happened meanwhile.
 */
export async function openListener(pool: Pool): Promise<Listener> {
  const handlers = new Map<Channel, Set<(payload: string) => void>>(CHANNELS.map((channel) => [channel, new Set()]));
  let client: PoolClient | null = null;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const call = (channel: Channel, payload: string) => {
    for (const handler of handlers.get(channel) ?? []) handler(payload);
  };

  async function connect(): Promise<void> {
    const connection = await pool.connect();
    connection.on("notification", ({ channel, payload }) => call(channel as Channel, payload ?? ""));
    connection.on("error", () => {
      // One loss makes several errors, and some come after `close`: a connection is let go of once.
      if (client !== connection) return;
      client = null;
      connection.release(true);
      reconnectLater();
    });
    try {
      await connection.query(CHANNELS.map((channel) => `listen ${channel}`).join("; "));
    } catch (error) {
      connection.release(true);
      throw error;
    }
    client = connection;
  }

  function reconnectLater(): void {
    if (closed) return;
    timer = setTimeout(() => {
      connect().then(
        () => {
          for (const channel of CHANNELS) call(channel, "");
        },
        () => reconnectLater(),
      );
    }, RECONNECT_MS);
  }

  await connect();
  return {
    on(channel, handler) {
      handlers.get(channel)?.add(handler);
      return () => handlers.get(channel)?.delete(handler);
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      const connection = client;
      client = null;
      connection?.release(true);
    },
  };
}
