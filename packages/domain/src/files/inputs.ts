import { z } from "zod";
import { idSchema } from "../ids.ts";
import { LIMITS } from "../limits.ts";
import { storableText, wellFormedText } from "../text.ts";
import { FILE_ROOTS } from "./roots.ts";
import { watchableFolders } from "./watched-folders.ts";

const root = z.enum(FILE_ROOTS, { error: `Unknown root. Use one of: ${FILE_ROOTS.join(", ")}.` });
const path = storableText().max(LIMITS.filePathCharsMax);
const place = { workspaceId: idSchema, root };
export const FILE_ENCODINGS = ["utf8", "base64"] as const;

export const listFilesInput = z.strictObject({
  ...place,
  path: path.default("/"),
  limit: z.number().int().min(1).max(LIMITS.filesListLimitMax).default(LIMITS.filesListLimitDefault),
  cursor: storableText().max(2000).optional(),
  sort: z.enum(["name", "size", "modified"]).default("name"),
  order: z.enum(["asc", "desc"]).default("asc"),
});
export type ListFilesInput = z.output<typeof listFilesInput>;

export const statFileInput = z.strictObject({ ...place, path });

export const readFileInput = z.strictObject({
  ...place,
  path,
  offset: z.number().int().min(0).default(0),
  length: z.number().int().min(1).max(LIMITS.fileInlineBytesMax).optional(),
  encoding: z.enum(FILE_ENCODINGS).default("utf8"),
});
export type ReadFileInput = z.output<typeof readFileInput>;

export const writeFileInput = z.strictObject({
  ...place,
  path,
  content: wellFormedText(),
  encoding: z.enum(FILE_ENCODINGS).default("utf8"),
  /** The etag that the content is based on. `*` requires that the file does not exist yet. */
  ifMatch: storableText().max(200).optional(),
  createParents: z.boolean().default(true),
});
export type WriteFileInput = z.output<typeof writeFileInput>;

export const makeDirectoryInput = z.strictObject({ ...place, path, createParents: z.boolean().default(true) });
export type MakeDirectoryInput = z.output<typeof makeDirectoryInput>;

export const moveFileInput = z.strictObject({ ...place, from: path, to: path, overwrite: z.boolean().default(false) });
export type MoveFileInput = z.output<typeof moveFileInput>;

export const deleteFileInput = z.strictObject({ ...place, path, recursive: z.boolean().default(false) });
export type DeleteFileInput = z.output<typeof deleteFileInput>;

export const searchFilesInput = z.strictObject({
  ...place,
  path: path.default("/"),
  name: storableText().min(1).max(200).optional(),
  content: storableText().min(1).max(500).optional(),
  /** Applies to both name and content. */
  ignoreCase: z.boolean().default(true),
  limit: z.number().int().min(1).max(LIMITS.searchMatchesMax).default(200),
});
export type SearchFilesInput = z.output<typeof searchFilesInput>;

/** tRPC sends `lastEventId` when it reconnects, so that earlier matches are not sent again. */
export const streamSearchInput = searchFilesInput.extend({
  lastEventId: z.string().regex(/^\d+$/).nullish(),
});
export type StreamSearchInput = z.output<typeof streamSearchInput>;

export const watchFilesInput = z.strictObject({
  ...place,
  /** The folders that a client currently shows. Deeper levels are not watched. */
  paths: z
    .array(path)
    .min(1)
    .max(LIMITS.watchedFoldersMax)
    .refine((paths) => watchableFolders(paths).length === paths.length, {
      error: `The paths are longer than ${LIMITS.watchedFoldersAddressCharsMax} characters together, percent-encoded. Watch fewer folders.`,
    }),
});
export type WatchFilesInput = z.output<typeof watchFilesInput>;
