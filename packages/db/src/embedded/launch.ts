import { spawnSync } from "node:child_process";

/** How to start a Postgres program here: a command prefix and a user. */
export interface Launch {
  readonly prefix: readonly string[];
  /** Set only where the program must run as a different user than this process. */
  readonly uid: number | null;
}

/** The id of the user `nobody` on Linux. */
const UNPRIVILEGED_ID = 65534;

/**
 * Postgres refuses to run as root. A user namespace that maps root to nobody satisfies it without changing the owner
 * of the files. Where a seccomp profile forbids namespaces, the program runs as another user instead.
 *
 * `setpriv --pdeathsig INT` makes the kernel shut Postgres down cleanly when this process dies for any reason. Where
 * that is not available (macOS), the next start ends the orphan: see `endOrphan`.
 */
export function chooseLaunch(): Launch {
  const dieWithUs = works("setpriv", "--pdeathsig", "INT", "--") ? ["setpriv", "--pdeathsig", "INT", "--"] : [];
  if (process.getuid?.() !== 0) return { prefix: dieWithUs, uid: null };

  const namespace = [
    "unshare",
    "--user",
    `--map-user=${UNPRIVILEGED_ID}`,
    `--map-group=${UNPRIVILEGED_ID}`,
    "--",
  ] as const;
  if (works(...namespace)) return { prefix: [...namespace, ...dieWithUs], uid: null };
  return { prefix: dieWithUs, uid: UNPRIVILEGED_ID };
}

/** False when the other user cannot reach the program, for example because it is in a private directory. */
export function canRun(launch: Launch, command: readonly string[]): boolean {
  const [program, ...args] = [...launch.prefix, ...command, "--version"];
  const options = { stdio: "ignore", cwd: "/", ...identity(launch) } as const;
  return spawnSync(program as string, args, options).status === 0;
}

export const identity = ({ uid }: Launch): { uid?: number; gid?: number } => (uid === null ? {} : { uid, gid: uid });

const works = (command: string, ...args: string[]): boolean =>
  spawnSync(command, [...args, "true"], { stdio: "ignore" }).status === 0;
