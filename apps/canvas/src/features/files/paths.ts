/** Paths as in the API: `/` for the top of a root, `/a/b` below it. */
export const TOP = "/";

export const joinPath = (folder: string, name: string): string => (folder === TOP ? `/${name}` : `${folder}/${name}`);

export const segmentsOf = (path: string): string[] => path.split("/").filter((segment) => segment !== "");

export const baseName = (path: string): string => segmentsOf(path).at(-1) ?? "";

export function parentOf(path: string): string {
  const segments = segmentsOf(path);
  return segments.length <= 1 ? TOP : `/${segments.slice(0, -1).join("/")}`;
}

/** The folders above `/a/b/c` are `/`, `/a` and `/a/b`. */
export const ancestorsOf = (path: string): string[] =>
  segmentsOf(path).map((_, depth, segments) => (depth === 0 ? TOP : `/${segments.slice(0, depth).join("/")}`));

/** True for the folder itself and for everything below it. */
export const isWithin = (path: string, folder: string): boolean =>
  path === folder || folder === TOP || path.startsWith(`${folder}/`);

/** The new path after a move of the entry or of a folder above it. */
export const afterMove = (path: string, from: string, to: string): string =>
  isWithin(path, from) ? `${to}${path.slice(from.length)}` : path;

/** Why a name is invalid, or null. */
export function nameProblem(name: string): string | null {
  if (name.trim() === "") return "Enter a name.";
  if (name === "." || name === "..") return `“${name}” is not a valid name.`;
  if (name.includes("/")) return "A name must not contain “/”.";
  if (name.includes("\0")) return "A name must not contain a NUL character.";
  return new TextEncoder().encode(name).length > 255 ? "A name can have at most 255 bytes." : null;
}
