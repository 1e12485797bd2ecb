import { closeSync, constants, readFileSync, unlinkSync } from "node:fs";
import { BadBootError } from "./boot.ts";
import { openRegularSync } from "./files/fs-calls.ts";
import { errorCode } from "./files/problems.ts";
import { systemCalls } from "./native/system-calls.ts";

/**
 * Reads the token of this incarnation and deletes its file before any other program can read it.
 *
 * @throws BadBootError when the file is missing: Berth did not make this start.
 */
export function takeToken(path: string, log: (line: string) => void): string {
  hideMemory(log);
  let file: number;
  try {
    file = openRegularSync(path, constants.O_RDONLY);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    throw new BadBootError(
      "The daemon's token is missing. Berth provides a new one at each start: start the workspace from Berth.",
    );
  }
  try {
    return readFileSync(file, "utf8");
  } finally {
    closeSync(file);
    unlinkSync(path);
  }
}

function hideMemory(log: (line: string) => void): void {
  const calls = systemCalls();
  if (calls === null)
    log("Programs of the same user can read the daemon's memory here, because its native part is missing.");
  else calls.hideMemory();
}
