import type Docker from "dockerode";
import type { StoreMarker } from "../store.ts";
import { callEngine, nullWhenMissing } from "./engine.ts";
import { LABEL, storeMarkerName } from "./names.ts";
import type { DockerVolumes } from "./volumes.ts";

/** An empty engine volume whose label identifies the store. Other engines do not have it. */
export function dockerStoreMarker(docker: Docker, volumes: DockerVolumes, installationId: string): StoreMarker {
  const name = storeMarkerName(installationId);
  return {
    name: "The Docker engine",
    remedy: "Set DOCKER_HOST to the engine that holds the data volumes.",
    isListedWithVolumes: false,
    read: () =>
      callEngine(async () => {
        const found = await nullWhenMissing(docker.getVolume(name).inspect());
        return found?.Labels?.[LABEL.store] ?? null;
      }),
    // The engine returns the existing volume of that name, if there is one.
    write: (storeId) =>
      callEngine(async () => {
        const Labels = { [LABEL.installation]: installationId, [LABEL.store]: storeId };
        await docker.createVolume({ Name: name, Driver: "local", Labels });
      }),
    volumeIds: () => volumes.list(),
  };
}
