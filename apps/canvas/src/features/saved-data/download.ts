import { startDownload } from "#shared/api/start-download.ts";
import { notifyError } from "#shared/ui/notify.tsx";

/** The roots of a data volume that contain saved files. */
export const VOLUME_ROOTS = ["workspace", "configs"] as const;
export type VolumeRoot = (typeof VOLUME_ROOTS)[number];

const archiveUrl = (volumeId: string, root: VolumeRoot): string => `/volumes/${volumeId}/${root}?archive=zip`;

/**
 * Downloads a folder of a volume. Sends a request first, because an instance has to start: a refusal then becomes a
 * message here instead of a failed download.
 */
export async function downloadVolume(volumeId: string, root: VolumeRoot): Promise<void> {
  const url = archiveUrl(volumeId, root);
  const wanted = new AbortController();
  try {
    const response = await fetch(url, { signal: wanted.signal });
    if (!response.ok) throw await response.json();
    startDownload(url);
  } catch (error) {
    notifyError(error, "Download failed.");
  } finally {
    wanted.abort();
  }
}
