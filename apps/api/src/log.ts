import type { Log } from "@berth/services";
import { pino } from "pino";

/** So much is kept for a reader that does not read; what comes after is dropped. */
const KEPT_BYTES = 4 * 1024 * 1024;

/**
 * JSON, one record a line, on standard error: standard output is for the one line people wait for. Written in the
 * background: a terminal that was stopped, or a pipe nobody reads, must not stop the server.
 */
export function openLog(): Log {
  const destination = pino.destination({ dest: 2, sync: false, maxLength: KEPT_BYTES });
  const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  process.once("exit", () => destination.flushSync());
  return (level, record) => logger[level](record);
}
