import type { Log } from "@berth/services";
import { pino } from "pino";
import { BackgroundWriter } from "./background-writer.ts";

const STANDARD_ERROR = 2;

export interface OpenLog {
  log: Log;
  /** Resolves when everything said so far is written, or has waited long enough. */
  flush(): Promise<void>;
}

/** JSON, one record a line, on standard error: standard output is for the one line people wait for. */
export function openLog(): OpenLog {
  const writer = new BackgroundWriter(STANDARD_ERROR);
  const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, writer);
  // For an end that nobody announced.
  process.once("exit", () => writer.writeRest());
  return { log: (level, record) => logger[level](record), flush: () => writer.flush() };
}
