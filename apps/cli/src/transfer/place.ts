import { usage } from "../failure.ts";

/** What `berth cp` copies from or to. */
export type Place =
  | { kind: "local"; path: string }
  /** Standard input or output. */
  | { kind: "stream" }
  | { kind: "remote"; workspace: string; root: string; path: string; isFolder: boolean };

const ROOTS = ["workspace", "configs", "agent-home"];

/**
 * `name:path` is in a workspace, as in scp: a colon before the first slash. A relative path is below /workspace; `./a:b`
 * is a local file with a colon in its name.
 */
export function placeOf(text: string): Place {
  if (text === "-") return { kind: "stream" };
  const colon = text.indexOf(":");
  const slash = text.indexOf("/");
  const isDrive = process.platform === "win32" && colon === 1;
  if (colon < 1 || (slash >= 0 && slash < colon) || isDrive) return { kind: "local", path: text };
  const workspace = text.slice(0, colon);
  const rest = text.slice(colon + 1);
  const isFolder = rest === "" || rest.endsWith("/");
  if (!rest.startsWith("/")) return { kind: "remote", workspace, root: "workspace", path: cleaned(rest), isFolder };
  const [root = "", ...names] = rest.slice(1).split("/");
  if (!ROOTS.includes(root)) {
    throw usage(`${rest} is not saved in a workspace.`, "Use a path below /workspace, /configs or /agent-home.");
  }
  return { kind: "remote", workspace, root, path: cleaned(names.join("/")), isFolder };
}

function cleaned(path: string): string {
  const names = path.split("/").filter((name) => name !== "" && name !== ".");
  if (names.includes("..")) throw usage(`${path} has a "..".`, "Name the path from its root, without ..");
  return names.join("/");
}

export const joined = (folder: string, name: string): string => (folder === "" ? name : `${folder}/${name}`);
export const remoteText = (workspace: string, root: string, path: string): string => `${workspace}:/${root}/${path}`;
