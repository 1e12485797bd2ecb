"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import { fileUrl, type Place } from "../file-url.ts";
import { type FoundLine, findLine as findLineIn } from "./find-line.ts";

const PROGRESS_EVERY_BYTES = 4_000_000;

/** Finds a line by counting from the start of a file: one stream, which ends once the line is found. */
export function useLineSearch({ workspaceId, root }: Place, path: string, onFound: (found: FoundLine) => void) {
  const [readBytes, setReadBytes] = useState<number | null>(null);
  const [error, setError] = useState<unknown>(null);
  const running = useRef<AbortController | null>(null);
  const latest = useRef(onFound);
  latest.current = onFound;

  const cancel = useCallback(() => {
    running.current?.abort();
    running.current = null;
    setReadBytes(null);
  }, []);
  useEffect(() => cancel, [cancel]);

  const findLine = useCallback(
    (line: number) => {
      running.current?.abort();
      const own = new AbortController();
      running.current = own;
      setError(null);
      setReadBytes(0);
      let reported = 0;
      const onProgress = (bytes: number) => {
        if (bytes - reported < PROGRESS_EVERY_BYTES || own.signal.aborted) return;
        reported = bytes;
        setReadBytes(bytes);
      };
      bytesOf(fileUrl({ workspaceId, root }, path), own.signal)
        .then((pieces) => findLineIn(pieces, line, onProgress))
        .then((found) => {
          if (!own.signal.aborted) latest.current(found);
        })
        .catch((failure: unknown) => {
          if (!own.signal.aborted) setError(failure);
        })
        .finally(() => {
          // Cancels the rest of the stream.
          own.abort();
          if (running.current === own) cancel();
        });
    },
    [workspaceId, root, path, cancel],
  );

  return { findLine, cancel, readBytes, error };
}

async function bytesOf(url: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  const response = await fetch(url, { signal });
  if (!response.ok) throw await response.json();
  if (!response.body) throw new TypeError("The file could not be read.");
  return piecesOf(response.body);
}

/** Safari cannot iterate a stream. */
async function* piecesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}
