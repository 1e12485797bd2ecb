import { posix } from "node:path";
import { type DaemonBoot, FILE_ROOTS } from "@berth/domain";

/** The path on this instance of a directory as callers name it: below one of the roots, absolute, or relative to /workspace. */
export function resolveDirectory({ roots }: Pick<DaemonBoot, "roots">, cwd: string): string {
  const path = posix.resolve("/workspace", cwd);
  for (const root of FILE_ROOTS) {
    const place = roots[root];
    if (place !== undefined && (path === root || path.startsWith(`${root}/`))) return place + path.slice(root.length);
  }
  return path;
}
