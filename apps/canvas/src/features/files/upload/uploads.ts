"use client";

import type { Place } from "../file-url.ts";
import { dropUpload, sendFile } from "./send.ts";
import { UploadQueue } from "./upload-queue.ts";

const queues = new Map<string, UploadQueue>();
const arrivals = new Set<(place: Place, path: string) => void>();

/** The uploads of a place. They live outside the components, so they continue in other views. */
export function uploadsOf(place: Place): UploadQueue {
  const key = `${place.workspaceId}${place.root}`;
  let queue = queues.get(key);
  if (!queue) {
    queue = new UploadQueue({
      place,
      send: sendFile,
      drop: (upload) => void dropUpload(upload),
      onArrived: (path) => {
        for (const listener of arrivals) listener(place, path);
      },
    });
    queues.set(key, queue);
  }
  return queue;
}

export function onArrival(listener: (place: Place, path: string) => void): () => void {
  arrivals.add(listener);
  return () => arrivals.delete(listener);
}

/** Closing the page aborts its uploads, so the browser asks first. */
export function guardUploads(): () => void {
  const onBeforeUnload = (event: BeforeUnloadEvent) => {
    const isRunning = [...queues.values()].some((queue) =>
      queue.uploads().some(({ status }) => status === "sending" || status === "waiting"),
    );
    if (isRunning) event.preventDefault();
  };
  window.addEventListener("beforeunload", onBeforeUnload);
  return () => window.removeEventListener("beforeunload", onBeforeUnload);
}
