import { accessSync, constants } from "node:fs";
import { userInfo } from "node:os";
import { basename } from "node:path";
import { DomainError } from "@berth/domain";

/** Programs that replace the shell of an account without login. */
const NO_SHELLS: ReadonlySet<string> = new Set(["nologin", "false", "true", "sync"]);
const OTHERS = ["/bin/bash", "/usr/bin/bash", "/bin/sh", "/usr/bin/sh"];

/**
 * The user's login shell, else bash, else sh.
 *
 * @throws DomainError for an image without a shell.
 */
export function findShell(): string {
  const found = [loginShell(), ...OTHERS].find((shell) => shell !== null && isProgram(shell));
  if (found) return found;
  throw new DomainError("unsupported_by_backend", "There is no shell in this workspace. Use an image that has one.");
}

/** Null for a user without an entry in the image, and for one without login. */
function loginShell(): string | null {
  try {
    const { shell } = userInfo();
    return shell === null || NO_SHELLS.has(basename(shell)) ? null : shell;
  } catch {
    return null;
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
