import type { DaemonSession } from "@berth/backends/tunnel";
import { measureVolume } from "@berth/db";
import { DAEMON_ROUTES } from "@berth/domain";
import type { Deps } from "../deps.ts";

/** Asks a daemon for the size of its volume and stores it. @returns null when the daemon does not respond. */
export async function measureThrough(
  deps: Pick<Deps, "db">,
  session: DaemonSession,
  volumeId: string,
  signal: AbortSignal,
): Promise<number | null> {
  const call = { method: "GET", route: DAEMON_ROUTES.usage, signal } as const;
  const usage = await session.json(call).catch(() => null);
  if (usage) await measureVolume(deps.db, volumeId, usage.sizeBytes);
  return usage?.sizeBytes ?? null;
}
