import { DomainError, type ProblemCode } from "@berth/domain";

/** Maps system errors to problems that a caller can act on. Any other error is a bug or an outage. */
const PROBLEMS: Readonly<Record<string, readonly [ProblemCode, string]>> = {
  ENOENT: ["not_found", "was not found"],
  EEXIST: ["already_exists", "already exists"],
  ENOTEMPTY: ["not_empty", "is a folder that is not empty"],
  ENOTDIR: ["invalid_input", "is not a folder, or is below something that is not a folder"],
  EISDIR: ["invalid_input", "is a folder"],
  ELOOP: ["path_not_allowed", "changed into a link while it was used"],
  ENAMETOOLONG: ["invalid_input", "has a name that is too long for this file system"],
  EILSEQ: ["invalid_input", "has a name that this file system does not support"],
  EACCES: ["forbidden", "may not be used by the workspace's user: its permissions forbid it"],
  EPERM: ["forbidden", "may not be changed by the workspace's user"],
  EROFS: ["forbidden", "is on a read-only file system"],
  EBUSY: ["forbidden", "is in use by the system (a mount point) and cannot be changed"],
  ENXIO: ["invalid_input", "is not a regular file"],
  ETXTBSY: ["forbidden", "is a program that is running"],
  ENOSPC: ["disk_full", "could not be written: the disk is full. Delete what you do not need and try again"],
  EDQUOT: ["disk_full", "could not be written: the disk quota is used up. Delete what you do not need and try again"],
  EFBIG: ["limit_exceeded", "would be larger than this file system allows"],
  EMFILE: ["too_many_requests", "could not be opened: too many files are open. Try again in a moment"],
  ENFILE: ["too_many_requests", "could not be opened: too many files are open. Try again in a moment"],
};

export const errorCode = (error: unknown): string | undefined => {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === "string" ? code : undefined;
};

/** Translates an error into a problem. Null when a caller cannot act on it. `path` is the path that the caller gave. */
export function asDomainError(error: unknown, path?: string): DomainError | null {
  if (error instanceof DomainError) return error;
  const code = errorCode(error);
  const known = code === undefined ? undefined : PROBLEMS[code];
  if (known === undefined) return null;
  const [problem, sentence] = known;
  const details = { errno: code, ...(path === undefined ? {} : { path }) };
  return new DomainError(problem, `${path ?? "The path"} ${sentence}.`, { details, cause: error });
}

/** Runs file work and adds the caller's path to its errors. */
export async function namingPath<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asDomainError(error, path) ?? error;
  }
}
