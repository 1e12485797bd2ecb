import type { ArchiveDifference } from "@berth/domain";
import { asDomainError } from "../problems.ts";

const EXAMPLES_MAX = 20;

/** Long enough for every path people make, and for the end of the others. */
const PATH_CHARS_MAX = 1_000;
const shortened = (path: string): string => (path.length > PATH_CHARS_MAX ? `…${path.slice(-PATH_CHARS_MAX)}` : path);

/** How what was carried differs from what was there: every reason with how often it held and the first places. */
export class Differences {
  readonly #byReason = new Map<string, { count: number; examples: string[] }>();

  add(path: string, reason: string): void {
    const known = this.#byReason.get(reason) ?? { count: 0, examples: [] };
    this.#byReason.set(reason, known);
    known.count += 1;
    if (known.examples.length < EXAMPLES_MAX) known.examples.push(shortened(path));
  }

  addError(path: string, error: unknown): void {
    this.add(path, asDomainError(error, "It")?.message ?? (error instanceof Error ? error.message : String(error)));
  }

  get list(): ArchiveDifference[] {
    return [...this.#byReason].map(([reason, { count, examples }]) => ({ reason, count, examples }));
  }

  get count(): number {
    return this.list.reduce((sum, { count }) => sum + count, 0);
  }
}

const REPORT_NAME = "BERTH-UNREADABLE";

/**
 * The last entry of an archive, which says what is missing in it or differs: its answer began with success. A user's own file
 * of that name keeps it, and the report takes another.
 */
export class ArchiveReport {
  readonly differences = new Differences();
  readonly #taken = new Set<string>();

  /** Has to be told every name at the top of the archive. */
  noteTopName(name: string): void {
    if (name.startsWith(REPORT_NAME)) this.#taken.add(name);
  }

  /** Null when the archive holds everything as it is. */
  get entry(): { name: string; content: Buffer } | null {
    const { list } = this.differences;
    if (list.length === 0) return null;
    const blocks = list.map(({ reason, count, examples }) => {
      const paths = examples.map((path) => `  ${JSON.stringify(path)}\n`).join("");
      const more = count > examples.length ? `  and ${count - examples.length} more\n` : "";
      return `${reason}\n${paths}${more}`;
    });
    const text = `These entries are missing in this archive, or differ from what is in the workspace:\n\n${blocks.join("\n")}`;
    return { name: this.#freeName(), content: Buffer.from(text) };
  }

  #freeName(): string {
    for (let number = 1; ; number += 1) {
      const name = `${REPORT_NAME}${number === 1 ? "" : `-${number}`}.txt`;
      if (!this.#taken.has(name)) return name;
    }
  }
}
