"use client";

import type { Place } from "../file-url.ts";
import { dropUpload, sendFile } from "./send.ts";
import { UploadQueue } from "./upload-queue.ts";

const queues = new Map<string, UploadQueue>();

/** The uploads of a place. They live outside the components, so they continue in other views. */
export function uploadsOf(place: Place): UploadQueue {
  const key = `${place.workspaceId}${place.root}`;
  let queue = queues.get(key);
  if (!queue) {
    queue = new UploadQueue({ place, send: sendFile, drop: (upload) => void dropUpload(upload) });
    queues.set(key, queue);
  }
  return queue;
}

/** Closing the page aborts its uploads, so the browser asks first. */
export function guardUploads(): () => void {
  const onBeforeUnload = (event: BeforeUnloadEvent) => {
    if ([...queues.values()].some((queue) => queue.isRunning())) event.preventDefault();
  };
  window.addEventListener("beforeunload", onBeforeUnload);
  return () => window.removeEventListener("beforeunload", onBeforeUnload);
}
