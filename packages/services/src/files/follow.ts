import { wantBrowse } from "@berth/db";
import {
  type Actor,
  DAEMON_ROUTES,
  DomainError,
  type FileWatchMessage,
  formatWorkspacePath,
  parseWorkspacePath,
  type SearchMatch,
  type StreamSearchInput,
  type WatchFilesInput,
} from "@berth/domain";
import type { Deps } from "../deps.ts";
import { browsedVolume, daemonOf, isHibernated } from "./daemon-of.ts";

/** Matches as the daemon finds them. Whoever goes away ends the search. `number` counts them from 1. */
export async function* streamSearch(
  deps: Deps,
  actor: Actor,
  input: StreamSearchInput,
  signal: AbortSignal,
): AsyncGenerator<{ number: number; match: SearchMatch }> {
  const { workspaceId, root, path, name, content, ignoreCase, limit, lastEventId } = input;
  if (!name && !content) throw new DomainError("invalid_input", "Search needs a name pattern, a text, or both.");
  const parsed = parseWorkspacePath(root, path);
  const session = await daemonOf(deps, actor, workspaceId, parsed.root, signal);
  const query = { root: parsed.root, path: formatWorkspacePath(parsed), name, content, ignoreCase, limit };
  const matches = await session.lines({ method: "GET", route: DAEMON_ROUTES.search, query, signal });
  // A search finds the same things in the same order: one that comes back goes on behind what it had.
  const seen = Number(lastEventId ?? 0);
  let number = 0;
  for await (const match of matches) {
    number += 1;
    if (number > limit) return;
    if (number > seen) yield { number, match };
  }
}

/** A watched workspace may be one that is only browsed: its machine stays while somebody looks. */
const BROWSE_WANTED_SECONDS = 300;
const BROWSE_AGAIN_MS = 150_000;

/**
 * What changes in the folders somebody shows. A hibernated workspace is not woken for it: nothing changes there.
 *
 * @throws DomainError `workspace_not_running` (retryable) when the machine goes; whoever still looks asks again.
 */
export async function* watchFiles(
  deps: Deps,
  actor: Actor,
  { workspaceId, root, paths }: WatchFilesInput,
  signal: AbortSignal,
): AsyncGenerator<FileWatchMessage> {
  const parsed = paths.map((path) => parseWorkspacePath(root, path));
  const [first] = parsed;
  if (!first) throw new DomainError("invalid_input", "Name at least one folder.");
  if (await isHibernated(deps, actor, workspaceId)) {
    throw new DomainError("workspace_not_running", "The workspace is hibernated: nothing changes in it.");
  }
  const session = await daemonOf(deps, actor, workspaceId, first.root, signal);
  const folders = { root: first.root, paths: parsed.map(formatWorkspacePath) };
  const messages = await session.lines({ method: "POST", route: DAEMON_ROUTES.watch, signal }, folders);
  const browsed = session.purpose === "browse" ? await browsedVolume(deps, session.incarnationId) : null;
  const keepBrowsing = () => {
    if (browsed) wantBrowse(deps.db, { ...browsed, wantedSeconds: BROWSE_WANTED_SECONDS }).catch(() => {});
  };
  const timer = setInterval(keepBrowsing, BROWSE_AGAIN_MS);
  try {
    yield* messages;
  } finally {
    clearInterval(timer);
  }
}
