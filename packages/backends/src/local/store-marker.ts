import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { errorCode, isMissing, messageOf, unavailable } from "../problems.ts";
import type { StoreMarker } from "../store.ts";
import { syncFolder } from "./files.ts";
import { type LocalVolumes, volumesFolderOf } from "./volumes.ts";

const markerFile = (volumesFolder: string, installationId: string): string =>
  path.join(volumesFolder, `.berth-store-${installationId}`);

async function readMarker(file: string): Promise<string | null> {
  try {
    return (await readFile(file, "utf8")).trim() || null;
  } catch (error) {
    if (isMissing(error)) return null;
    throw unavailable(`The data directory cannot be read (${messageOf(error)}).`, error);
  }
}

/** The id of a data directory's store; null when it has none. */
export const readLocalStoreId = (dataDirectory: string, installationId: string): Promise<string | null> =>
  readMarker(markerFile(volumesFolderOf(dataDirectory), installationId));

/** A file in the volumes folder. The mount point of an unmounted disk does not have it. */
export function localStoreMarker(volumes: LocalVolumes, installationId: string): StoreMarker {
  const file = markerFile(volumes.folder, installationId);
  return {
    name: "The folder of the local data volumes",
    remedy: "Mount the disk that holds it, or set BERTH_DATA_DIR to where it is.",
    read: () => readMarker(file),
    isListedWithVolumes: false,
    async write(storeId) {
      try {
        await mkdir(volumes.folder, { recursive: true, mode: 0o700 });
        await writeFile(file, `${storeId}\n`, { flag: "wx", mode: 0o600, flush: true });
        await syncFolder(volumes.folder);
      } catch (error) {
        if (errorCode(error) === "EEXIST") return;
        throw unavailable(`The data directory cannot be written (${messageOf(error)}).`, error);
      }
    },
    volumeIds: () => volumes.list(),
  };
}
