import { type IncarnationRow, recreateBrowse, requestBrowse } from "@berth/db";
import type { BackendKind } from "@berth/domain";
import type { Deps } from "../deps.ts";

interface Browsed {
  workspaceId: string;
  volumeId: string;
  backend: BackendKind;
}

/** How long a browse instance is kept after its last request. */
const KEPT_SECONDS = 300;
/** A client that stays renews it twice in that time. */
export const BROWSE_RENEW_MS = (KEPT_SECONDS * 1000) / 2;
/** How long to wait for the daemon of a browse instance. */
export const BROWSE_WAIT_MS = 30_000;

/** Requests the browse instance of a volume, and recreates one whose daemon is not connected. Its daemon connects later. */
export async function ensureBrowse(
  { db, daemons }: Deps,
  browsed: Browsed,
  keptSeconds = KEPT_SECONDS,
): Promise<IncarnationRow> {
  const row = await requestBrowse(db, { ...browsed, requestedSeconds: keptSeconds });
  // Lost, or destroyed by a process that crashed before it could record that.
  if (row.lastSeenAt !== null && !(await daemons.isConnected(row.id))) await recreateBrowse(db, row.id);
  return row;
}

/** Keeps a browse instance for its usual time from now, but does not recreate it. */
export async function renewBrowse({ db }: Deps, browsed: Browsed): Promise<void> {
  await requestBrowse(db, { ...browsed, requestedSeconds: KEPT_SECONDS });
}
