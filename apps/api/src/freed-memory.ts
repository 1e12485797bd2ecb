import { systemCalls } from "@berth/daemon/system-calls";

const INTERVAL_MS = 30_000;

/**
 * Periodically returns freed memory to the system. The C library keeps the buffers of large transfers: small live
 * objects are between them, and it only returns free memory at the end of its heap. Does nothing without glibc.
 *
 * @returns a function that stops it.
 */
export function returnFreedMemory(intervalMs = INTERVAL_MS): () => void {
  // The addon loads with the first call, so that the start does not wait for it.
  const timer = setInterval(() => systemCalls()?.returnFreedMemory(), intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
