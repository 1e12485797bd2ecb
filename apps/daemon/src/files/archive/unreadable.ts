import { asDomainError } from "../problems.ts";

export const UNREADABLE_NAME = "BERTH-UNREADABLE.txt";

/** What an archive had to leave out. It is told inside the archive, since its answer began with success. */
export class UnreadableEntries {
  readonly #lines: string[] = [];

  add(segments: readonly string[], error: unknown): void {
    const path = segments.join("/");
    const reason = asDomainError(error, path)?.message ?? (error instanceof Error ? error.message : String(error));
    this.#lines.push(`${JSON.stringify(path)}: ${reason}`);
  }

  /** The text of the last entry, or null when everything is in. */
  get report(): string | null {
    if (this.#lines.length === 0) return null;
    return `These entries could not be read when the archive was made:\n${this.#lines.join("\n")}\n`;
  }
}
