import { spawnSync } from "node:child_process";

/** How a Postgres program is started here: what stands before it on the command line, and as whom. */
export interface Launch {
  readonly prefix: readonly string[];
  /** Set only where the program must run as another user than ours. */
  readonly uid: number | null;
}

/** The id of `nobody` on every Linux. */
const UNPRIVILEGED_ID = 65534;

/**
 * Postgres refuses to run as root. A user namespace in which root appears as nobody satisfies it, and its files stay
 * ours, wherever they lie. Containers whose seccomp profile forbids namespaces get a real change of user instead.
 *
 * `setpriv --pdeathsig INT` makes the kernel shut Postgres down cleanly when this process dies in whatever way.
 * Where there is none (macOS), the next start ends the orphan: see `endOrphan`.
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

/** Whether a program starts at all under this launch: not so when its folder is closed to the other user. */
export function canRun(launch: Launch, command: readonly string[]): boolean {
  const [program, ...args] = [...launch.prefix, ...command, "--version"];
  const options = { stdio: "ignore", cwd: "/", ...identity(launch) } as const;
  return spawnSync(program as string, args, options).status === 0;
}

export const identity = ({ uid }: Launch): { uid?: number; gid?: number } => (uid === null ? {} : { uid, gid: uid });

const works = (command: string, ...args: string[]): boolean =>
  spawnSync(command, [...args, "true"], { stdio: "ignore" }).status === 0;
