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
import { BROWSE_RENEW_MS, renewBrowse } from "../instances/request-browse.ts";
import { browsedVolume, daemonOf, isHibernated } from "./daemon-of.ts";

/** Streams matches as the daemon finds them. The search ends when the client disconnects. `number` counts from 1. */
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
  // A search returns the same matches in the same order, so a client that reconnects skips those it has.
  const seen = Number(lastEventId ?? 0);
  let number = 0;
  for await (const match of matches) {
    number += 1;
    if (number > limit) return;
    if (number > seen) yield { number, match };
  }
}

/**
 * Streams the changes in the given folders. A hibernated workspace is not woken, because nothing changes in it.
 *
 * @throws DomainError `workspace_not_running` (retryable) when the instance ends; the client subscribes again.
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
  // A browse instance is kept while a client watches.
  const keepBrowsing = () => {
    if (browsed) renewBrowse(deps, browsed).catch(() => {});
  };
  const timer = setInterval(keepBrowsing, BROWSE_RENEW_MS);
  try {
    yield* messages;
  } finally {
    clearInterval(timer);
  }
}
