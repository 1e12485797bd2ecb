import { LIMITS } from "../limits.ts";

/** What a path takes in the address of a subscription, which carries its input. */
const addressCharsOf = (path: string): number => encodeURIComponent(`"${path.toWellFormed()}",`).length;

/** As many of the folders, from the first on, as one `files.watch` takes. */
export function watchableFolders(paths: readonly string[]): string[] {
  let chars = 0;
  return paths.slice(0, LIMITS.watchedFoldersMax).filter((path) => {
    chars += addressCharsOf(path);
    return chars <= LIMITS.watchedFoldersAddressCharsMax;
  });
}
