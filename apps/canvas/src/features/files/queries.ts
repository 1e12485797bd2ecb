"use client";

import type { FileEntry, FileWritten } from "@berth/domain";
import { LIMITS } from "@berth/domain";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import type { ApiClient } from "#shared/api/client.ts";
import { cursorOf } from "#shared/api/cursor.ts";
import { problemOf } from "#shared/api/problem.ts";
import { useTRPC, useTRPCClient } from "#shared/api/trpc.tsx";
import { decodeText } from "./editor/text-file.ts";
import type { Place } from "./file-url.ts";
import { type ListFolder, PAGE_SIZE } from "./tree/tree-store.ts";

/** How the tree lists a folder: one page of names at a time. */
export function useListFolder({ workspaceId, root }: Place): ListFolder {
  const client = useTRPCClient();
  return useMemo(
    () => (path, cursor) => client.files.list.query({ workspaceId, root, path, limit: PAGE_SIZE, ...cursorOf(cursor) }),
    [client, workspaceId, root],
  );
}

/** The kinds of open files. Only text that fits one call is editable; `large` files are read in parts. */
export type OpenedFile =
  | OpenedText
  | (OpenedBytes & { kind: "image" | "binary" })
  | (OpenedBytes & { kind: "large" })
  | { kind: "other"; entryKind: FileEntry["kind"] };

export interface OpenedText {
  kind: "text";
  text: string;
  lineSeparator: string;
  etag: string;
  size: number;
  /** The file was deleted since; the text is its last known content. */
  isGone: boolean;
}

interface OpenedBytes {
  size: number;
  modifiedAt: string | null;
  /** The file's etag; null when it has none. */
  etag: string | null;
}

const IMAGE = /\.(png|jpe?g|gif|webp|avif|svg|bmp|ico)$/i;

/** @param known the previous result, returned without another read if the file is unchanged. */
export async function openFile(client: ApiClient, place: Place, path: string, known?: OpenedFile): Promise<OpenedFile> {
  const stat = await client.files.stat.query({ ...place, path });
  if (known && isStill(known, stat)) return known;
  if (stat.kind === "directory" || stat.kind === "other") return { kind: "other", entryKind: stat.kind };
  const facts = { size: stat.size ?? 0, modifiedAt: stat.modifiedAt, etag: stat.etag };
  if (IMAGE.test(path)) return { kind: "image", ...facts };
  if (facts.size > LIMITS.fileInlineBytesMax) return { kind: "large", ...facts };
  // Read as base64, so that binary content is detected and never saved back corrupted.
  const read = await client.files.read.query({
    ...place,
    path,
    length: LIMITS.fileInlineBytesMax,
    encoding: "base64",
  });
  // The read is newer than the stat.
  const now = { ...facts, size: read.size, etag: read.etag };
  if (read.truncated) return { kind: "large", ...now };
  const decoded = decodeText(read.content);
  return decoded === null ? { kind: "binary", ...now } : { kind: "text", ...decoded, ...ofText(now) };
}

const isStill = (known: OpenedFile, { etag }: { etag: string | null }): boolean =>
  known.kind !== "other" && etag !== null && known.etag === etag && !(known.kind === "text" && known.isGone);

const ofText = ({ etag, size }: { etag: string; size: number }) => ({ etag, size, isGone: false });

/** Nothing exists at the path: it was deleted, moved, or never existed. */
export const isFileMissing = (error: unknown): boolean => problemOf(error)?.code === "not_found";

export const fileKey = ({ workspaceId, root }: Place, path: string) =>
  ["opened-file", workspaceId, root, path] as const;

/** The file as it was when opened or saved. It is not refetched while the editor is open. */
export function useOpenedFile(place: Place, path: string) {
  const client = useTRPCClient();
  return useQuery({
    queryKey: fileKey(place, path),
    queryFn: () => openFile(client, place, path),
    gcTime: Number.POSITIVE_INFINITY,
    refetchOnMount: false,
  });
}

/** Stores the current content as the base of the next edits. */
export function useRememberFile(place: Place, path: string) {
  const queryClient = useQueryClient();
  return (file: OpenedFile) => queryClient.setQueryData<OpenedFile>(fileKey(place, path), file);
}

export const savedText = (text: string, lineSeparator: string, written: FileWritten): OpenedText => ({
  kind: "text",
  text,
  lineSeparator,
  ...ofText(written),
});

export const useWriteFile = () => useMutation(useTRPC().files.write.mutationOptions());
export const useMakeDirectory = () => useMutation(useTRPC().files.makeDirectory.mutationOptions());
export const useMoveFile = () => useMutation(useTRPC().files.move.mutationOptions());
export const useDeleteFile = () => useMutation(useTRPC().files.delete.mutationOptions());
