import { assertId } from "../ids.ts";

/** Every name in the engine is made here, from an id alone: a repeated call finds what the first one made. */

export const LABEL = {
  installation: "berth.installation",
  workspace: "berth.workspace",
  incarnation: "berth.incarnation",
  generation: "berth.generation",
  purpose: "berth.purpose",
  /** The image as it was asked for; the container itself is made from its id. */
  image: "berth.image",
  /** On the engine volumes of a data volume. */
  volume: "berth.volume",
  /** On the empty engine volume that is the manifest of a data volume: labels never change, so each change is a new one. */
  manifestOf: "berth.manifest-of",
  manifest: "berth.manifest",
  /** The id of the store, on the volume that marks it. */
  store: "berth.store",
  /** On the volume that holds the daemon and its Node. */
  runtime: "berth.runtime",
} as const;

export const containerName = (incarnationId: string): string => `berth-${assertId(incarnationId, "incarnation id")}`;

/** Begins the names of everything that belongs to a data volume. */
export const dataVolumePrefix = (volumeId: string): string => `berth-${assertId(volumeId, "volume id")}-`;

/** A data volume is two engine volumes: old engines cannot mount a folder inside a volume. */
export const dataVolumeNames = (volumeId: string): { workspace: string; configs: string } => {
  const prefix = dataVolumePrefix(volumeId);
  return { workspace: `${prefix}workspace`, configs: `${prefix}configs` };
};

/** The data volume that an engine volume of this name is a part of. */
export const dataVolumeOf = (name: string | undefined): string | null =>
  /^berth-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-(?:workspace|configs)$/.exec(name ?? "")?.[1] ?? null;

export const manifestName = (volumeId: string, sequence: number): string =>
  `${dataVolumePrefix(volumeId)}manifest-${sequence}`;

/** The later one holds while an earlier one is still there. */
export const manifestSequence = (name: string): number => Number(/-manifest-(\d+)$/.exec(name)?.[1] ?? 0);

/** A part of an instance's own disk that its container cannot hold itself. Goes when the instance is destroyed. */
export const diskVolumeName = (incarnationId: string, part: string): string =>
  `${containerName(incarnationId)}-disk-${part}`;

export const runtimeVolumeName = (programKey: string): string => `berth-runtime-${programKey}`;

export const storeMarkName = (installationId: string): string =>
  `berth-store-${assertId(installationId, "installation id")}`;

export const networkName = (installationId: string): string => `berth-${assertId(installationId, "installation id")}`;

/** How the name of every bridge on the host begins. */
export const BRIDGE_PREFIX = "berth";

/** Of the bridge on the host. Linux allows 15 characters. */
export const bridgeName = (installationId: string): string =>
  `${BRIDGE_PREFIX}${assertId(installationId, "installation id").replaceAll("-", "").slice(0, 10)}`;

export const labelFilter = (...labels: string[]): { label: string[] } => ({ label: labels });
