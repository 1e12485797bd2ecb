import { homedir } from "node:os";
import { join } from "node:path";

/** The settings from outside. Nothing else reads the environment. */
export interface Environment {
  url: string | undefined;
  token: string | undefined;
  /** For a Berth where every request names its org. */
  orgId: string | undefined;
  /** The folder of the token file. */
  configDirectory: string;
  hasColors: boolean;
}

export function readEnvironment(): Environment {
  const { BERTH_URL, BERTH_TOKEN, BERTH_ORG_ID, BERTH_CONFIG_DIR, XDG_CONFIG_HOME, NO_COLOR, TERM } = process.env;
  return {
    url: BERTH_URL || undefined,
    token: BERTH_TOKEN || undefined,
    orgId: BERTH_ORG_ID || undefined,
    configDirectory: BERTH_CONFIG_DIR || join(XDG_CONFIG_HOME || join(homedir(), ".config"), "berth"),
    hasColors: process.stdout.isTTY === true && !NO_COLOR && TERM !== "dumb",
  };
}
