import { Buffer } from "node:buffer";
import { readBytes } from "@berth/backends/tunnel";
import {
  type Actor,
  type ArchiveDifference,
  DAEMON_ROUTES,
  type DeleteFileInput,
  DomainError,
  type FileListing,
  type FileStat,
  type FileText,
  type FileWritten,
  formatWorkspacePath,
  LIMITS,
  type ListFilesInput,
  type MakeDirectoryInput,
  type MoveFileInput,
  parseFileRoot,
  parseWorkspacePath,
  type ReadFileInput,
  type SearchFilesInput,
  type SearchMatch,
  type WriteFileInput,
} from "@berth/domain";
import type { Deps } from "../deps.ts";
import { requireBase64 } from "./base64.ts";
import { daemonOf, daemonOfVolume } from "./daemon-of.ts";
import { CHARACTER_TAIL_BYTES, textOf } from "./text-piece.ts";

interface Place {
  workspaceId: string;
  root: string;
}

/** Finds the daemon and normalizes the path. The daemon parses the path again. */
async function open(deps: Deps, actor: Actor, place: Place, path: string, signal: AbortSignal) {
  const parsed = parseWorkspacePath(place.root, path);
  const session = await daemonOf(deps, actor, place.workspaceId, parsed.root, signal);
  return { session, query: { root: parsed.root, path: formatWorkspacePath(parsed) } };
}

export async function listFiles(
  deps: Deps,
  actor: Actor,
  input: ListFilesInput,
  signal: AbortSignal,
): Promise<FileListing> {
  const { workspaceId, root, path, ...page } = input;
  const { session, query } = await open(deps, actor, { workspaceId, root }, path, signal);
  return session.json({ method: "GET", route: DAEMON_ROUTES.list, query: { ...query, ...page }, signal });
}

export async function statFile(
  deps: Deps,
  actor: Actor,
  input: Place & { path: string },
  signal: AbortSignal,
): Promise<FileStat> {
  const { session, query } = await open(deps, actor, input, input.path, signal);
  return session.json({ method: "GET", route: DAEMON_ROUTES.stat, query, signal });
}

/**
 * Reads a part of a file, at most `fileInlineBytesMax` bytes. Larger transfers use `/files`. Text ends with a
 * complete character, so the next part begins at the offset plus the size of the text in bytes.
 */
export async function readFile(deps: Deps, actor: Actor, input: ReadFileInput, signal: AbortSignal): Promise<FileText> {
  const { session, query } = await open(deps, actor, input, input.path, signal);
  const length = input.length ?? LIMITS.fileInlineBytesMax;
  const isText = input.encoding === "utf8";
  const bytesMax = length + (isText ? CHARACTER_TAIL_BYTES : 0);
  const headers = { range: `bytes=${input.offset}-${input.offset + bytesMax - 1}` };
  const response = await session.bytes({ method: "GET", route: DAEMON_ROUTES.content, query, headers, signal });
  const read = response.status === 416 ? Buffer.alloc(0) : Buffer.from(await readBytes(response.body, bytesMax));
  const size = wholeSize(response.headers["content-range"], read.length);
  const bytes = isText ? textOf({ path: query.path, offset: input.offset, length, bytes: read }) : read;
  return {
    content: bytes.toString(input.encoding),
    encoding: input.encoding,
    size,
    etag: String(response.headers.etag ?? ""),
    truncated: input.offset + bytes.length < size,
  };
}

/** `bytes 0-99/1234` and `bytes *\/1234` both end with the size of the file. */
const wholeSize = (contentRange: string | string[] | undefined, bytesRead: number): number => {
  const total = /\/(\d+)$/.exec(String(contentRange ?? ""))?.[1];
  return total === undefined ? bytesRead : Number(total);
};

export async function writeFile(
  deps: Deps,
  actor: Actor,
  input: WriteFileInput,
  signal: AbortSignal,
): Promise<FileWritten> {
  const body = decode(input);
  const { session, query } = await open(deps, actor, input, input.path, signal);
  const headers = preconditionOf(input.ifMatch);
  return writtenOf(
    await session.json({
      method: "PUT",
      route: DAEMON_ROUTES.content,
      query: { ...query, parents: input.createParents, refuseRootName: true },
      headers,
      body,
      signal,
    }),
  );
}

/** @throws DomainError when the daemon stored only a part, which is valid only for uploads in parts. */
export function writtenOf(response: FileWritten | { offset: number }): FileWritten {
  if ("sha256" in response) return response;
  throw new DomainError("workspace_not_running", "The workspace stored only a part of the file. Write it again.", {
    retryable: true,
  });
}

/** `*` requires that the file does not exist; anything else is the etag that the content is based on. */
const preconditionOf = (ifMatch: string | undefined): Record<string, string> =>
  ifMatch === undefined ? {} : ifMatch === "*" ? { "if-none-match": "*" } : { "if-match": ifMatch };

function decode({ content, encoding }: WriteFileInput): Buffer {
  if (encoding === "base64") requireBase64(content);
  const bytes = Buffer.from(content, encoding);
  if (bytes.length > LIMITS.fileInlineBytesMax) {
    throw new DomainError(
      "limit_exceeded",
      `files.write takes at most ${LIMITS.fileInlineBytesMax} bytes. Use PUT /files for larger files.`,
      {
        details: { limit: "fileInlineBytesMax", max: LIMITS.fileInlineBytesMax },
      },
    );
  }
  return bytes;
}

export async function makeDirectory(
  deps: Deps,
  actor: Actor,
  input: MakeDirectoryInput,
  signal: AbortSignal,
): Promise<{ path: string }> {
  const { session, query } = await open(deps, actor, input, input.path, signal);
  const body = { ...query, parents: input.createParents, refuseRootName: true };
  return session.json({ method: "POST", route: DAEMON_ROUTES.makeDirectory, signal }, body);
}

export async function moveFile(
  deps: Deps,
  actor: Actor,
  input: MoveFileInput,
  signal: AbortSignal,
): Promise<{ path: string }> {
  const { session, body } = await openRelocation(deps, actor, input, signal);
  return session.json({ method: "POST", route: DAEMON_ROUTES.move, signal }, body);
}

/** @returns the `differences` between copy and original; empty when there are none */
export async function copyFile(
  deps: Deps,
  actor: Actor,
  input: MoveFileInput,
  signal: AbortSignal,
): Promise<{ path: string; differences: readonly ArchiveDifference[] }> {
  const { session, body } = await openRelocation(deps, actor, input, signal);
  return session.json({ method: "POST", route: DAEMON_ROUTES.copy, signal }, body);
}

async function openRelocation(deps: Deps, actor: Actor, input: MoveFileInput, signal: AbortSignal) {
  const to = formatWorkspacePath(parseWorkspacePath(input.root, input.to));
  const { session, query } = await open(deps, actor, input, input.from, signal);
  return { session, body: { root: query.root, from: query.path, to, overwrite: input.overwrite } };
}

export async function deleteFile(
  deps: Deps,
  actor: Actor,
  input: DeleteFileInput,
  signal: AbortSignal,
): Promise<{ path: string }> {
  const { session, query } = await open(deps, actor, input, input.path, signal);
  return session.json(
    { method: "POST", route: DAEMON_ROUTES.delete, signal },
    { ...query, recursive: input.recursive },
  );
}

export async function searchFiles(
  deps: Deps,
  actor: Actor,
  input: SearchFilesInput,
  signal: AbortSignal,
): Promise<{ matches: SearchMatch[]; truncated: boolean }> {
  if (!input.name && !input.content)
    throw new DomainError("invalid_input", "Search needs a name pattern, a text, or both.");
  const { session, query } = await open(deps, actor, input, input.path, signal);
  const { name, content, ignoreCase, limit } = input;
  const lines = await session.lines({
    method: "GET",
    route: DAEMON_ROUTES.search,
    query: { ...query, name, content, ignoreCase, limit },
    signal,
  });
  const matches: SearchMatch[] = [];
  for await (const match of lines) {
    matches.push(match);
    if (matches.length >= limit) break;
  }
  return { matches, truncated: matches.length >= limit };
}

/** For the byte routes, which stream the content without parsing it. */
export async function openFileRoute(deps: Deps, actor: Actor, place: Place & { path: string }, signal: AbortSignal) {
  parseFileRoot(place.root);
  return open(deps, actor, place, place.path, signal);
}

/** Like `openFileRoute`, for the files of a data volume, whether or not a workspace uses it. */
export async function openVolumeRoute(
  deps: Deps,
  actor: Actor,
  { volumeId, root, path }: { volumeId: string; root: string; path: string },
  signal: AbortSignal,
) {
  const parsed = parseWorkspacePath(root, path);
  const session = await daemonOfVolume(deps, actor, volumeId, parsed.root, signal);
  return { session, query: { root: parsed.root, path: formatWorkspacePath(parsed) } };
}
