import type { Log } from "@berth/services";
import { pino } from "pino";

/** JSON, one record a line, on standard error: standard output is for the one line people wait for. */
export function openLog(): Log {
  const logger = pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );
  return (level, record) => logger[level](record);
}
