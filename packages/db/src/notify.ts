import type { Pool, PoolClient } from "pg";

/**
 * Notification channels. The tables are the source of truth; most notifications only trigger a query. Three have a
 * payload for current waiters, and losing one does no harm.
 *
 * `berth_boot`: the progress of a booting instance. `berth_browse_failed`: why a browse instance could not serve the
 * files of a volume. `berth_tunnels`: the incarnation whose daemon has connected.
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
 * One listening connection for the whole process. After a broken connection it reconnects and calls every handler
 * once with an empty payload, because notifications may have been lost.
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
      // A lost connection emits several errors, some of them after `close`. It must be released only once.
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
