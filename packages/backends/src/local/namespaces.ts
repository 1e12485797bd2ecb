import { execFile } from "node:child_process";
import { mkdir, realpath } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import type { BackendLogRecord } from "../options.ts";

const run = promisify(execFile);

/** How instances are started on this host. */
export type Confinement =
  | { kind: "namespaces"; unshare: readonly string[] }
  /** Without namespaces, the roots are ordinary folders under their real paths. */
  | { kind: "paths" };

const PRIVATE_VIEW = ["--mount", "--propagation", "slave", "--pid", "--fork", "--kill-child"];
/** A user namespace allows an ordinary user to mount, visible only inside it. */
const AS_ORDINARY_USER = ["--user", "--map-current-user", "--keep-caps"];

interface ProbeOptions {
  launchScript: string;
  /** An empty folder to mount on. */
  scratch: string;
  /** The folders of the instances' files and of the tunnel's socket. Both must stay visible. */
  inSight: readonly string[];
  log(record: BackendLogRecord): void;
}

/** Probes by starting a program the way a daemon is started and checking that it sees its roots. */
export async function probeConfinement(options: ProbeOptions): Promise<Confinement> {
  const asRoot = process.getuid?.() === 0;
  const unshare = [...(asRoot ? [] : AS_ORDINARY_USER), ...PRIVATE_VIEW];
  const reason = (await whyHidden(options.inSight)) ?? (await tryOut(unshare, options));
  if (reason === null) return { kind: "namespaces", unshare };
  options.log({ evt: "local.no_namespaces", reason, effect: "workspaces see their files under their host paths" });
  return { kind: "paths" };
}

const COVERED = ["workspace", "configs", "agent-home"];

/** The new root has its own /workspace, which would hide a data directory inside the host's /workspace. */
async function whyHidden(paths: readonly string[]): Promise<string | null> {
  for (const each of paths) {
    const real = await realpath(each).catch(() => each);
    const top = real.split(path.sep)[1] ?? "";
    if (COVERED.includes(top)) return `${each} is in /${top}, which every workspace has for itself`;
  }
  return null;
}

async function tryOut(unshare: readonly string[], { launchScript, scratch }: ProbeOptions): Promise<string | null> {
  if (process.platform !== "linux") return `${process.platform} has no mount namespaces`;
  const roots = ["workspace", "configs", "home"].map((name) => `${scratch}-probe-${name}`);
  await Promise.all(roots.map((root) => mkdir(root, { recursive: true })));
  const seen = ["test", "-d", "/agent-home", "-a", "-d", "/proc/1"];
  const started = run("unshare", [...unshare, "sh", launchScript, "enter", scratch, ...roots, "/dev/null", ...seen], {
    timeout: 10_000,
  });
  started.child.stdin?.end();
  return started.then(
    () => null,
    (error: Error & { stderr?: string }) => (error.stderr || error.message).trim(),
  );
}
