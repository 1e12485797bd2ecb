"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTRPCClient } from "#shared/api/trpc.tsx";
import type { Place } from "../file-url.ts";
import { cutWindow, type FileWindow } from "./cut-window.ts";

export const WINDOW_BYTES = 128 * 1024;

/** The part of a file to read. */
export interface WindowRequest {
  offset: number;
  length: number;
  isAligned: boolean;
  /** The number of its first line, or of the line after its last; null when unknown. */
  firstLine: number | null;
  lineBehind: number | null;
}

export interface ShownWindow extends FileWindow {
  size: number;
  /** Null when the lines before were not counted. */
  firstLine: number | null;
  isBinary: boolean;
}

export const atStart = (): WindowRequest => ({
  offset: 0,
  length: WINDOW_BYTES,
  isAligned: true,
  firstLine: 1,
  lineBehind: null,
});

export const atOffset = (offset: number, firstLine: number | null = null): WindowRequest => ({
  offset,
  length: WINDOW_BYTES,
  isAligned: offset === 0 || firstLine !== null,
  firstLine: offset === 0 ? 1 : firstLine,
  lineBehind: null,
});

export const after = ({ to, firstLine, lines }: ShownWindow): WindowRequest => ({
  ...atOffset(to),
  isAligned: true,
  firstLine: firstLine === null ? null : firstLine + lines,
});

export function before({ from, firstLine }: ShownWindow): WindowRequest {
  const offset = Math.max(0, from - WINDOW_BYTES);
  return { offset, length: from - offset, isAligned: offset === 0, firstLine: null, lineBehind: firstLine };
}

export const atEnd = (size: number): WindowRequest => atOffset(Math.max(0, size - WINDOW_BYTES));

/** Reads one window. The previous one stays visible until it has loaded. */
export function useFileWindow({ workspaceId, root }: Place, path: string, size: number, wanted: WindowRequest) {
  const client = useTRPCClient();
  const { offset, length, isAligned, firstLine, lineBehind } = wanted;
  return useQuery({
    queryKey: ["file-window", workspaceId, root, path, size, wanted],
    queryFn: async ({ signal }): Promise<ShownWindow> => {
      const input = { workspaceId, root, path, offset, length, encoding: "base64" as const };
      const read = await client.files.read.query(input, { signal });
      const bytes = Uint8Array.from(atob(read.content), (character) => character.charCodeAt(0));
      // Backwards, it ends where the current window begins, which is a whole line.
      const isWholeAtEnd = !read.truncated || length < WINDOW_BYTES || lineBehind !== null;
      const cut = cutWindow(bytes, { offset, isAligned, isWholeAtEnd });
      const counted = lineBehind === null ? firstLine : lineBehind - cut.lines;
      return { ...cut, size: read.size, firstLine: cut.from === 0 ? 1 : counted, isBinary: bytes.includes(0) };
    },
    placeholderData: keepPreviousData,
    staleTime: 0,
    gcTime: 0,
  });
}
