import type { ArchiveDifference } from "@berth/domain";
import { asDomainError } from "../problems.ts";

const EXAMPLES_MAX = 20;

/** Limits what a report shows of one path; a longer path is shortened to its end. */
const PATH_CHARS_MAX = 1_000;
const shortened = (path: string): string => (path.length > PATH_CHARS_MAX ? `…${path.slice(-PATH_CHARS_MAX)}` : path);

/** The differences between source and result: each reason with its count and its first paths. */
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
 * The last entry of an archive lists what is missing or different, because the response has already started with 200.
 * If the user has a file of that name, the report takes another name.
 */
export class ArchiveReport {
  readonly differences = new Differences();
  readonly #taken = new Set<string>();

  /** Must be called with every name at the top of the archive. */
  noteTopName(name: string): void {
    if (name.startsWith(REPORT_NAME)) this.#taken.add(name);
  }

  /** Null when nothing is missing or different. */
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
