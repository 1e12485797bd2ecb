import { z } from "zod";
import type { TreeManifest } from "./daemon-protocol.ts";

const PATH_CHARS_MAX = 16_384;
const EXAMPLES_MAX = 20;

/** Validates a manifest, because the responses from daemons are untrusted. */
export const treeManifestSchema: z.ZodType<TreeManifest> = z.object({
  entries: z.number(),
  bytes: z.number(),
  sha256: z.string().max(64).nullable(),
  obstacles: z
    .array(
      z.object({
        reason: z.string().max(500),
        count: z.number(),
        examples: z.array(z.string().max(PATH_CHARS_MAX)).max(EXAMPLES_MAX),
      }),
    )
    .max(100),
});
