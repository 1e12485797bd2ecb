import type { FileRoot } from "@berth/domain";
import { OpenDirectory } from "./open-directory.ts";

/** One of the three roots and where it lies on this instance. */
export class Root {
  readonly name: FileRoot;
  readonly path: string;

  constructor(name: FileRoot, path: string) {
    this.name = name;
    this.path = path;
  }

  open(): Promise<OpenDirectory> {
    return OpenDirectory.openRoot(this.path);
  }

  /**
   * The names below the root of an absolute link target, or null when it leads elsewhere. Both the place
   * the root has on this instance and the name people know it by are the root.
   */
  segmentsOfAbsolute(target: string): string[] | null {
    for (const prefix of [this.path, this.name]) {
      if (target === prefix || target.startsWith(`${prefix}/`)) return splitPath(target.slice(prefix.length));
    }
    return null;
  }
}

/** Unlike a user's path, a link's target keeps `..`: it is taken step by step. */
export const splitPath = (path: string): string[] => path.split("/").filter((name) => name !== "" && name !== ".");
