import { readLocalStoreId } from "@berth/backends";
import { claimLocalStore, type Database } from "@berth/db";
import type { DataDirectory } from "./data-directory.ts";
import { EnvError } from "./env.ts";

/**
 * Local workspaces live in one data directory. A process with another one would see none of their machines and volumes,
 * and would take them for lost. One that replaces a lost directory starts with what lies in it: the volumes that were
 * lost count as missing, and new workspaces can be made.
 *
 * @throws EnvError when they are in another data directory.
 */
export async function claimLocalWorkspaces(
  { db, installationId }: { db: Database; installationId: string },
  own: DataDirectory,
  replaces: string | null,
): Promise<void> {
  const foundStoreId = await readLocalStoreId(own.path, installationId);
  const held = await claimLocalStore(db, { store: own, replaces, foundStoreId });
  if (held.id === own.id) return;
  throw new EnvError(
    [
      `The local workspaces of this database are in ${held.path} of ${held.host}, not in ${own.path}.`,
      "Start Berth with that data directory, or set BERTH_BACKENDS to a list without local.",
      `If that directory is lost for good, start this one once with BERTH_REPLACES_DATA_DIR=${held.id}.`,
    ].join("\n"),
  );
}
