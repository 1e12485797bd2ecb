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

/** How the tree reads a folder: a page of names at a time. */
export function useListFolder({ workspaceId, root }: Place): ListFolder {
  const client = useTRPCClient();
  return useMemo(
    () => (path, cursor) => client.files.list.query({ workspaceId, root, path, limit: PAGE_SIZE, ...cursorOf(cursor) }),
    [client, workspaceId, root],
  );
}

/** What an opened file turns out to be. Only text that fits one call is edited; `large` is looked at a part at a time. */
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
  /** It was deleted since: the text is what was there last. */
  isGone: boolean;
}

interface OpenedBytes {
  size: number;
  modifiedAt: string | null;
  /** Of what is there; null for what has none. */
  etag: string | null;
}

const IMAGE = /\.(png|jpe?g|gif|webp|avif|svg|bmp|ico)$/i;

/** @param known what was read before: the answer, without reading it once more, where nothing has changed. */
export async function openFile(client: ApiClient, place: Place, path: string, known?: OpenedFile): Promise<OpenedFile> {
  const stat = await client.files.stat.query({ ...place, path });
  if (known && isStill(known, stat)) return known;
  if (stat.kind === "directory" || stat.kind === "other") return { kind: "other", entryKind: stat.kind };
  const facts = { size: stat.size ?? 0, modifiedAt: stat.modifiedAt, etag: stat.etag };
  if (IMAGE.test(path)) return { kind: "image", ...facts };
  if (facts.size > LIMITS.fileInlineBytesMax) return { kind: "large", ...facts };
  // As base64, so that what is no text is seen as such and never saved back broken.
  const read = await client.files.read.query({
    ...place,
    path,
    length: LIMITS.fileInlineBytesMax,
    encoding: "base64",
  });
  // What was read is newer than what was said of it before.
  const now = { ...facts, size: read.size, etag: read.etag };
  if (read.truncated) return { kind: "large", ...now };
  const decoded = decodeText(read.content);
  return decoded === null ? { kind: "binary", ...now } : { kind: "text", ...decoded, ...ofText(now) };
}

const isStill = (known: OpenedFile, { etag }: { etag: string | null }): boolean =>
  known.kind !== "other" && etag !== null && known.etag === etag && !(known.kind === "text" && known.isGone);

const ofText = ({ etag, size }: { etag: string; size: number }) => ({ etag, size, isGone: false });

/** Nothing is at the path: it was deleted or moved, or has never been there. */
export const isNotThere = (error: unknown): boolean => problemOf(error)?.code === "not_found";

export const fileKey = ({ workspaceId, root }: Place, path: string) =>
  ["opened-file", workspaceId, root, path] as const;

/** The file as it was when it was opened or saved. It is not read again behind the editor's back. */
export function useOpenedFile(place: Place, path: string) {
  const client = useTRPCClient();
  return useQuery({
    queryKey: fileKey(place, path),
    queryFn: () => openFile(client, place, path),
    gcTime: Number.POSITIVE_INFINITY,
    refetchOnMount: false,
  });
}

/** Stores what is there now as the version the next edits are based on. */
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
