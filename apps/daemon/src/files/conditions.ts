import { DomainError } from "@berth/domain";

/** The conditions of a write, as header values. */
export interface WriteConditions {
  ifMatch: string | null;
  ifNoneMatch: string | null;
}

const listed = (header: string, etag: string): boolean =>
  header.split(",").some((candidate) => candidate.trim() === etag);

/**
 * @throws DomainError `etag_mismatch` when the current file is not the one that the caller expects to replace. `actual`
 *   is null when there is no file.
 */
export function checkConditions({ ifMatch, ifNoneMatch }: WriteConditions, actual: string | null): void {
  if (ifMatch !== null && (actual === null || (ifMatch !== "*" && !listed(ifMatch, actual)))) {
    const what = actual === null ? "The file no longer exists." : "The file has changed since you read it.";
    throw new DomainError("etag_mismatch", `${what} Read it again before you write.`, {
      details: { expected: ifMatch, actual },
    });
  }
  if (ifNoneMatch !== null && actual !== null && (ifNoneMatch === "*" || listed(ifNoneMatch, actual))) {
    throw new DomainError("etag_mismatch", "The file already exists.", { details: { expected: null, actual } });
  }
}

/** True when the reader already has this version. */
export const isUnchanged = (ifNoneMatch: string | undefined, etag: string): boolean =>
  ifNoneMatch !== undefined && (ifNoneMatch === "*" || listed(ifNoneMatch.replaceAll("W/", ""), etag));

export interface ByteRange {
  start: number;
  /** Exclusive. */
  end: number;
}

/**
 * Parses a `Range` header.
 *
 * @returns the range; `whole` when there is none or the server may ignore it (several ranges, another unit);
 *   `unsatisfiable` when it starts at or after the end.
 */
export function parseRange(header: string | undefined, size: number): ByteRange | "whole" | "unsatisfiable" {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "") ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return "whole";
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? "unsatisfiable" : { start: size - length, end: size };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return "whole";
  if (start >= size) return "unsatisfiable";
  return { start, end: last === "" ? size : Math.min(Number(last) + 1, size) };
}
