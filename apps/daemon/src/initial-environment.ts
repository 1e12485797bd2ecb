import { closeSync, openSync, readFileSync, writeSync } from "node:fs";

/** Index of `env_start` in `/proc/<pid>/stat`, counted after the command's closing parenthesis (see proc(5)). */
const ENV_START_FIELD = 47;

/**
 * Blanks a variable in the initial environment that the kernel keeps: after a delete from `process.env` it would still be
 * readable in `/proc/<pid>/environ`. Best effort: a kernel that forbids the write changes nothing else.
 */
export function wipeFromInitialEnvironment(name: string): void {
  try {
    const environment = readFileSync("/proc/self/environ");
    const at = environment.indexOf(`${name}=`);
    if (at < 0 || (at > 0 && environment[at - 1] !== 0)) return;
    const valueAt = at + name.length + 1;
    const end = environment.indexOf(0, valueAt);
    const length = (end < 0 ? environment.length : end) - valueAt;
    const stat = readFileSync("/proc/self/stat", "latin1");
    const start = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[ENV_START_FIELD]);
    if (!Number.isSafeInteger(start) || start <= 0) return;
    const memory = openSync("/proc/self/mem", "r+");
    try {
      writeSync(memory, Buffer.alloc(length), 0, length, start + valueAt);
    } finally {
      closeSync(memory);
    }
  } catch {
    // There is no /proc, or it is not writable.
  }
}
