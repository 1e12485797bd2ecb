import { systemCalls } from "@berth/daemon/system-calls";

const INTERVAL_MS = 30_000;

/**
 * Returns freed memory to the system from time to time. The C library keeps what large transfers have used: their buffers
 * lie between small objects that stay, and it returns only what is free up to the end of its heap. Does nothing where there
 * is no glibc.
 *
 * @returns a function that ends it.
 */
export function returnFreedMemory(): () => void {
  // Loaded with the first call: it takes time and memory that the start does not have to wait for.
  const timer = setInterval(() => systemCalls()?.returnFreedMemory(), INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}
