import { z } from "zod";

/**
 * Written next to the data of a volume at each start and at each change of its deadline. Expired data is erased only
 * while the manifest and the database agree, so a restored older database cannot erase data that was used since.
 */
export interface VolumeManifest {
  workspaceId: string | null;
  /** The workspace generation of the last start on the volume. */
  generation: number;
  retainedUntil: string | null;
  writtenAt: string;
}

const schema: z.ZodType<VolumeManifest> = z.object({
  workspaceId: z.uuid().nullable(),
  generation: z.number().int().min(0),
  retainedUntil: z.iso.datetime().nullable(),
  writtenAt: z.iso.datetime(),
});

/** At most 200 characters, so that it also fits into a tag. */
export const formatManifest = ({ workspaceId, generation, retainedUntil, writtenAt }: VolumeManifest): string =>
  JSON.stringify({ workspaceId, generation, retainedUntil, writtenAt });

/** @returns null for text that is not a manifest. */
export function parseManifest(text: string): VolumeManifest | null {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
