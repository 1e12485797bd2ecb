import { readLocalStoreId } from "@berth/backends";
import { claimLocalStore, type Database } from "@berth/db";
import type { DataDirectory } from "./data-directory.ts";
import { EnvError } from "./env.ts";

/**
 * Local workspaces belong to one data directory. A process with another one would not see their instances and volumes and
 * would report them missing. A directory that replaces a lost one starts with the volumes it contains: the others count
 * as missing, and new workspaces can be created.
 *
 * @throws EnvError when the workspaces are in another data directory.
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
