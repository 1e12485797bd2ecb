import { assertId } from "../ids.ts";

/** Derives all names in the engine from ids alone, so a repeated call finds what the first one created. */

export const LABEL = {
  installation: "berth.installation",
  workspace: "berth.workspace",
  incarnation: "berth.incarnation",
  generation: "berth.generation",
  purpose: "berth.purpose",
  /** The image name as requested; the container itself is created from the image id. */
  image: "berth.image",
  /** On the engine volumes of a data volume. */
  volume: "berth.volume",
  /**
   * On the empty engine volume that is the manifest of a data volume. Labels are immutable, so each change creates a
   * new one.
   */
  manifestOf: "berth.manifest-of",
  manifest: "berth.manifest",
  /** The id of the store, on its marker volume. */
  store: "berth.store",
  /** On the volume that holds the daemon and its Node. */
  runtime: "berth.runtime",
} as const;

export const containerName = (incarnationId: string): string => `berth-${assertId(incarnationId, "incarnation id")}`;

/** Prefix of all engine volumes of a data volume. */
export const dataVolumePrefix = (volumeId: string): string => `berth-${assertId(volumeId, "volume id")}-`;

/** A data volume is two engine volumes, because old engines cannot mount a folder inside a volume. */
export const dataVolumeNames = (volumeId: string): { workspace: string; configs: string } => {
  const prefix = dataVolumePrefix(volumeId);
  return { workspace: `${prefix}workspace`, configs: `${prefix}configs` };
};

/** The data volume that the engine volume of this name belongs to; null when it belongs to none. */
export const dataVolumeOf = (name: string | undefined): string | null =>
  /^berth-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-(?:workspace|configs)$/.exec(name ?? "")?.[1] ?? null;

export const manifestName = (volumeId: string, sequence: number): string =>
  `${dataVolumePrefix(volumeId)}manifest-${sequence}`;

/** The manifest with the highest sequence is valid while older ones still exist. */
export const manifestSequence = (name: string): number => Number(/-manifest-(\d+)$/.exec(name)?.[1] ?? 0);

/** A part of an instance's own disk that needs a volume. It is removed when the instance is destroyed. */
export const diskVolumeName = (incarnationId: string, part: string): string =>
  `${containerName(incarnationId)}-disk-${part}`;

export const runtimeVolumeName = (programKey: string): string => `berth-runtime-${programKey}`;

export const storeMarkerName = (installationId: string): string =>
  `berth-store-${assertId(installationId, "installation id")}`;

export const networkName = (installationId: string): string => `berth-${assertId(installationId, "installation id")}`;

/** Prefix of the name of every bridge on the host. */
export const BRIDGE_PREFIX = "berth";

/** Name of the bridge on the host. Linux allows 15 characters. */
export const bridgeName = (installationId: string): string =>
  `${BRIDGE_PREFIX}${assertId(installationId, "installation id").replaceAll("-", "").slice(0, 10)}`;

export const labelFilter = (...labels: string[]): { label: string[] } => ({ label: labels });
