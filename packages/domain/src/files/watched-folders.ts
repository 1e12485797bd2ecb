import { LIMITS } from "../limits.ts";

/** The length of a path in the URL of a subscription, which contains its input. */
const addressCharsOf = (path: string): number => encodeURIComponent(`"${path.toWellFormed()}",`).length;

/** The first folders that fit into one `files.watch`. */
export function watchableFolders(paths: readonly string[]): string[] {
  let chars = 0;
  return paths.slice(0, LIMITS.watchedFoldersMax).filter((path) => {
    chars += addressCharsOf(path);
    return chars <= LIMITS.watchedFoldersAddressCharsMax;
  });
}
