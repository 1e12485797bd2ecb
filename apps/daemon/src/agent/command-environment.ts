import { existsSync } from "node:fs";
import type { DaemonBoot } from "@berth/domain";

/** The environment of the command and of terminals. The daemon removes its own token from `process.env` at start. */
export function commandEnvironment(boot: DaemonBoot): Record<string, string> {
  const home = boot.roots["/agent-home"];
  const inherited = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    BERTH_INCARNATION: boot.incarnationId,
    ...Object.fromEntries(inherited),
    ...(home === undefined ? {} : { HOME: home }),
    ...boot.environment,
  };
}

export function workingDirectory({ roots }: DaemonBoot): string | undefined {
  const workspace = roots["/workspace"];
  return workspace !== undefined && existsSync(workspace) ? workspace : undefined;
}
