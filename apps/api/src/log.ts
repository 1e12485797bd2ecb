import type { Log } from "@berth/services";
import { pino } from "pino";
import { BackgroundWriter } from "./background-writer.ts";

const STANDARD_ERROR = 2;

export interface OpenLog {
  log: Log;
  /** Resolves when everything logged so far is written, or after a timeout. */
  flush(): Promise<void>;
}

/** Logs JSON, one record per line, to standard error. Standard output is reserved for the ready line. */
export function openLog(): OpenLog {
  const writer = new BackgroundWriter(STANDARD_ERROR);
  const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, writer);
  // For an unexpected exit.
  process.once("exit", () => writer.writeRest());
  return { log: (level, record) => logger[level](record), flush: () => writer.flush() };
}
