import { z } from "zod";

/**
 * What is written next to the data of a volume at each start and at each change of its deadline. Data is erased by the
 * clock only while this and the database agree, so an old database cannot erase what was used since.
 */
export interface VolumeManifest {
  workspaceId: string | null;
  /** Of the workspace at its last start on the volume. */
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

/** @returns null for a text that is no manifest. */
export function parseManifest(text: string): VolumeManifest | null {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
