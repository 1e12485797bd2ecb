import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { join } from "node:path";

/** Variables that a workspace's processes inherit from the API. None of them can contain a secret of the API. */
const PASSED_ON = [
  "LANG",
  "LANGUAGE",
  "TZ",
  "USER",
  "LOGNAME",
  "SHELL",
  "TERM",
  "TMPDIR",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
];
const PASSED_ON_ANY_CASE = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"];
const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export function workspaceEnvironment(
  api: Readonly<Record<string, string | undefined>>,
): Record<string, string> & { PATH: string } {
  const passes = (name: string) =>
    PASSED_ON.includes(name) || name.startsWith("LC_") || PASSED_ON_ANY_CASE.includes(name.toUpperCase());
  const kept = Object.entries(api).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && passes(entry[0]),
  );
  // The package manager that starts the API puts this repository's tools at the front.
  const path = (api.PATH ?? DEFAULT_PATH).split(":").filter((folder) => !folder.includes("node_modules"));
  return { ...Object.fromEntries(kept), PATH: path.join(":") || DEFAULT_PATH };
}

/** Whether an executable file of this name is on the PATH. */
export async function isOnPath(name: string, path: string): Promise<boolean> {
  const found = path.split(":").map((folder) =>
    access(join(folder, name), constants.X_OK).then(
      () => true,
      () => false,
    ),
  );
  return (await Promise.all(found)).includes(true);
}
