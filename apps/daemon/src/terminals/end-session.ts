import { readdir, readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";

const GRACE_MS = 1_000;
const POLL_EVERY_MS = 20;

/** Ends a shell and everything it started: sends SIGHUP, and kills what remains after the grace period. */
export async function endSession(pid: number): Promise<void> {
  for (const member of await membersOf(pid)) {
    signal(member, "SIGHUP");
    // A stopped process receives the signal only after it continues.
    signal(member, "SIGCONT");
  }
  const graceUntil = performance.now() + GRACE_MS;
  for (;;) {
    const members = await membersOf(pid);
    if (members.length === 0) return;
    // Repeated, because a process that was just forking may be missing from the last listing.
    if (performance.now() > graceUntil) for (const member of members) signal(member, "SIGKILL");
    await pause(POLL_EVERY_MS);
  }
}

/** Index of the session in `/proc/<pid>/stat`, after the name (see proc(5)). */
const SESSION_FIELD = 3;

/** The processes of a session that are not zombies. */
export async function membersOf(session: number): Promise<number[]> {
  const pids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      // For a moment after the fork the shell is not in its own session yet.
      const belongs = Number(pid) === session || Number(fields[SESSION_FIELD]) === session;
      return belongs && stat !== "" && fields[0] !== "Z" ? Number(pid) : null;
    }),
  );
  return found.filter((pid) => pid !== null);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended.
  }
}
