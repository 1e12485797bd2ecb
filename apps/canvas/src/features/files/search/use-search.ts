"use client";

import type { SearchMatch } from "@berth/domain";
import { useEffect, useMemo, useState } from "react";
import { useTRPCClient } from "#shared/api/trpc.tsx";
import type { Place } from "../file-url.ts";
import { type FoundFile, namePattern, type ResultRow, rowsOf, withFound } from "./found-files.ts";

const TYPING_PAUSE_MILLISECONDS = 250;
const DRAW_PAUSE_MILLISECONDS = 80;
const NAMES_MAX = 200;
const LINES_MAX = 500;
const SEARCHES = 2;

export interface FileSearch {
  rows: readonly ResultRow[];
  isSearching: boolean;
  /** There may be more results than are shown. */
  isCut: boolean;
  error: unknown;
}

interface Found {
  files: ReadonlyMap<string, FoundFile>;
  /** How many of the two searches, by name and by content, have finished. */
  ended: number;
  isCut: boolean;
  error: unknown;
}

const NOTHING: Found = { files: new Map(), ended: 0, isCut: false, error: null };

/** Searches names and contents while the user types, and shows matches as they arrive. */
export function useSearch({ workspaceId, root }: Place, typed: string): FileSearch {
  const client = useTRPCClient();
  const text = typed.trim();
  const [found, setFound] = useState<Found & { text: string }>({ ...NOTHING, text: "" });

  useEffect(() => {
    if (text === "") return;
    const searches: { unsubscribe(): void }[] = [];
    let waiting: SearchMatch[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const change = (next: (before: Found) => Found) =>
      setFound((before) => ({ ...next(before.text === text ? before : NOTHING), text }));
    const draw = () => {
      clearTimeout(timer);
      timer = undefined;
      const matches = waiting;
      waiting = [];
      change((before) => ({ ...before, files: withFound(before.files, matches) }));
    };
    const search = (wanted: { name: string } | { content: string }, limit: number) => {
      let count = 0;
      const end = (error: unknown) => {
        draw();
        change((before) => ({
          ...before,
          ended: before.ended + 1,
          isCut: before.isCut || count === limit,
          error: before.error ?? error,
        }));
      };
      searches.push(
        client.files.searchStream.subscribe(
          { workspaceId, root, limit, ...wanted },
          {
            onData: ({ data }) => {
              count++;
              waiting.push(data);
              timer ??= setTimeout(draw, DRAW_PAUSE_MILLISECONDS);
            },
            onError: end,
            onComplete: () => end(null),
          },
        ),
      );
    };
    const start = setTimeout(() => {
      change(() => NOTHING);
      search({ name: namePattern(text) }, NAMES_MAX);
      search({ content: text }, LINES_MAX);
    }, TYPING_PAUSE_MILLISECONDS);
    return () => {
      clearTimeout(start);
      clearTimeout(timer);
      for (const one of searches) one.unsubscribe();
    };
  }, [client, workspaceId, root, text]);

  const isOfThis = found.text === text;
  const rows = useMemo(() => (isOfThis ? rowsOf(found.files) : []), [isOfThis, found.files]);
  return {
    rows,
    isSearching: !isOfThis || found.ended < SEARCHES,
    isCut: isOfThis && found.isCut,
    error: isOfThis ? found.error : null,
  };
}
