import { type DeletePreview, describeHours } from "@berth/domain";
import { formatBytes } from "#shared/text/format.ts";

type Deletion = DeletePreview["workspaces"][number];

const FATES: Record<Deletion["fate"], (graceHours: number) => string> = {
  erased: () => "will be erased, with a receipt",
  retained: () => "is kept until you decide",
  grace: (graceHours) => `is kept for ${describeHours(graceHours)}, then erased`,
  gone: () => "is deleted with the machine",
};

/** What happens to one workspace's data, with its size. */
export function describeFate({ volume, fate }: Deletion, graceHours: number): string {
  if (!volume) return `Its data ${FATES.gone(graceHours)}.`;
  const size = volume.sizeBytes === null ? "Its data" : `Its data (${formatBytes(volume.sizeBytes)})`;
  return `${size} ${FATES[fate](graceHours)}.`;
}
