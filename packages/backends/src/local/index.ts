import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { type Capabilities, KeyedLock } from "@berth/domain";
import type { Backend, BackendHealth } from "../backend.ts";
import type { BackendOptions } from "../options.ts";
import { errorCode, messageOf } from "../problems.ts";
import { checkStore, type UncheckedBackend } from "../store.ts";
import { isOnPath, workspaceEnvironment } from "./environment.ts";
import { LocalInstances } from "./instances.ts";
import { Launcher } from "./launcher.ts";
import { localStoreMarker } from "./store-marker.ts";
import { LocalEraser, LocalVolumes, READ_ONLY } from "./volumes.ts";

export interface LocalBackendOptions extends BackendOptions {
  /**
   * The API's environment. A workspace inherits only a short list of variables, and PATH without this repository's
   * tools.
   */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Identifies the data directory. A copy has a different id, so it does not claim the original's processes. */
  readonly directoryId: string;
  /** `never`: maps paths even where the host would allow a private view. */
  readonly namespaces?: "auto" | "never";
}

/**
 * Workspaces run as this user on this host and can see whatever this user can. A private mount namespace gives each its
 * own `/workspace` but no isolation. The limits of a tier are not enforced.
 */
export const LOCAL_CAPABILITIES: Capabilities = {
  isolation: false,
  resourceLimits: false,
  ownMachine: false,
  pause: true,
  browseStopped: true,
  homeSnapshot: false,
  images: false,
  bootLog: true,
};

/**
 * Runs each incarnation as a child process that outlives the API. Allows one API process at a time per data directory.
 */
export function createLocalBackend(options: LocalBackendOptions): Backend {
  const { dataDirectory } = options;
  const volumes = new LocalVolumes(dataDirectory, options.installationId);
  const launcher = new Launcher(options, volumes);
  const volumeLock = new KeyedLock();
  const instances = new LocalInstances(options, { launcher, volumes, volumeLock });
  const holderOf = (volumeId: string) => instances.holderOf(volumeId);
  const unchecked: UncheckedBackend = {
    kind: "local",
    capabilities: LOCAL_CAPABILITIES,
    instances,
    volumes,
    eraser: new LocalEraser({ dataDirectory, volumes, holderOf, lock: volumeLock }),
    health: () => health(dataDirectory, volumes.folder),
    hasProgram: (name) => isOnPath(name, workspaceEnvironment(options.environment).PATH),
    close: async () => {},
  };
  return checkStore(unchecked, localStoreMarker(volumes, options.installationId));
}

async function health(dataDirectory: string, volumesFolder: string): Promise<BackendHealth> {
  try {
    await access(dataDirectory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = `The data directory cannot be used (${messageOf(error)}). Give this user permission to use it.`;
    return { healthy: false, reason };
  }
  // The folder may be a separate disk, and is created with the first volume.
  const isReadOnly = await access(volumesFolder, constants.W_OK).then(
    () => false,
    (error: unknown) => errorCode(error) === "EROFS",
  );
  return isReadOnly ? { healthy: false, reason: READ_ONLY } : { healthy: true, reason: null };
}
