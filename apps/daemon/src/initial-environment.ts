import { closeSync, openSync, readFileSync, writeSync } from "node:fs";

/** Position of `env_start` in `/proc/<pid>/stat`, counted behind the command's closing parenthesis (see proc(5)). */
const ENV_START_FIELD = 47;

/**
 * Blanks a variable where the kernel keeps the environment a process was started with: deleting it from `process.env`
 * leaves it readable in `/proc/<pid>/environ`. Best effort: a kernel that forbids it changes nothing else.
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
    // No /proc, or not ours to write.
  }
}
