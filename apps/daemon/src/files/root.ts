import type { FileRoot } from "@berth/domain";
import { OpenDirectory } from "./open-directory.ts";

/** One of the three roots and its path on this instance. */
export class Root {
  readonly name: FileRoot;
  readonly path: string;
  /** The open users of this root's scratch folder. The last one removes it when it is empty. */
  scratchUsers = 0;

  constructor(name: FileRoot, path: string) {
    this.name = name;
    this.path = path;
  }

  open(): Promise<OpenDirectory> {
    return OpenDirectory.openRoot(this.path);
  }

  /**
   * The segments below the root of an absolute link target; null when the target is outside. Both the root's path on this
   * instance and its public name match.
   */
  segmentsOfAbsolute(target: string): string[] | null {
    for (const prefix of [this.path, this.name]) {
      if (target === prefix || target.startsWith(`${prefix}/`)) return splitPath(target.slice(prefix.length));
    }
    return null;
  }
}

/** Keeps `..`, unlike the parser of user paths: link targets are resolved step by step. */
export const splitPath = (path: string): string[] => path.split("/").filter((name) => name !== "" && name !== ".");
