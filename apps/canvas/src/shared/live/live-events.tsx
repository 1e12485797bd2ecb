"use client";

import type { BerthEvent } from "@berth/domain";
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTRPC, useTRPCClient } from "../api/trpc.tsx";
import { Coalescer } from "./coalescer.ts";
import { setConnection } from "./connection-store.ts";
import { LayoutEchoes } from "./layout-echo.ts";
import { type FeedState, LiveFeed } from "./live-feed.ts";
import { type Topic, topicsOf } from "./topics.ts";

const BURST_MILLISECONDS = 150;

export const layoutEchoes = new LayoutEchoes();

type FilesListener = (workspaceId: string) => void;
const filesListeners = new Set<FilesListener>();

/** File trees manage their own pages, so they are notified instead of invalidated. */
export function onFilesChanged(listener: FilesListener): () => void {
  filesListeners.add(listener);
  return () => filesListeners.delete(listener);
}

type EventListener = (event: BerthEvent) => void;
const eventListeners = new Set<EventListener>();

/** For components that collect events instead of refetching. */
export function onLiveEvent(listener: EventListener): () => void {
  eventListeners.add(listener);
  return () => {
    eventListeners.delete(listener);
  };
}

/** Mount once, after the first snapshot: events after `asOf` invalidate queries, and visible ones refetch. */
export function LiveEvents({ asOf }: { asOf: number }) {
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const trpc = useTRPC();
  // Only the first value is used: the feed resumes itself, and a refetch must not reopen it.
  const startAt = useRef(asOf);

  useEffect(() => {
    const coalescer = new Coalescer<Topic>((topics) => refresh(queryClient, trpc, topics), BURST_MILLISECONDS);
    let wasLost = false;
    const onState = (state: FeedState) => {
      setConnection(state);
      if (state === "lost") wasLost = true;
      // A refused stream gives no reason, so the session query checks whether the session has ended.
      if (state === "lost" || state === "signed_out") {
        void queryClient.invalidateQueries(trpc.session.get.queryFilter());
      }
      if (state === "connected" && wasLost) {
        // Replay delivers missed events; queries that failed in the meantime have no event, so they refetch here.
        wasLost = false;
        coalescer.add("everything");
      }
    };
    const onEvent = (event: BerthEvent) => {
      for (const listener of eventListeners) listener(event);
      if (event.type === "workspace.layout_changed" && layoutEchoes.take(Date.now())) return;
      for (const topic of topicsOf(event)) coalescer.add(topic);
    };
    const feed = new LiveFeed(client, startAt.current, { onEvent, onState });
    feed.start();
    // Returning to the page skips the retry delay; a returning network may be another one, so it needs a new stream.
    const retryNow = () => feed.retryNow();
    const renew = () => {
      wasLost = true;
      feed.renew();
    };
    window.addEventListener("online", renew);
    document.addEventListener("visibilitychange", retryNow);
    return () => {
      window.removeEventListener("online", renew);
      document.removeEventListener("visibilitychange", retryNow);
      feed.stop();
      coalescer.stop();
    };
  }, [client, queryClient, trpc]);

  return null;
}

type Api = ReturnType<typeof useTRPC>;

async function refresh(queryClient: QueryClient, trpc: Api, topics: ReadonlySet<Topic>): Promise<void> {
  if (topics.has("everything")) {
    await queryClient.invalidateQueries();
    for (const topic of topics) notifyFiles(topic);
    return;
  }
  await Promise.all([...topics].flatMap((topic) => refreshTopic(queryClient, trpc, topic)));
}

function refreshTopic(queryClient: QueryClient, trpc: Api, topic: Topic): Promise<void>[] {
  const [kind, id = ""] = topic.split(":");
  switch (kind) {
    case "map":
      return [
        queryClient.invalidateQueries(trpc.canvas.snapshot.queryFilter()),
        queryClient.invalidateQueries(trpc.workspaces.list.pathFilter()),
      ];
    case "volumes":
      return [
        queryClient.invalidateQueries(trpc.volumes.pathFilter()),
        queryClient.invalidateQueries(trpc.retention.pathFilter()),
        queryClient.invalidateQueries(trpc.operations.pathFilter()),
      ];
    case "tokens":
      return [queryClient.invalidateQueries(trpc.tokens.pathFilter())];
    case "workspace":
      return [queryClient.invalidateQueries(trpc.workspaces.get.queryFilter({ id }))];
    case "terminals":
      return [queryClient.invalidateQueries(trpc.terminals.list.queryFilter({ workspaceId: id }))];
    case "commands":
      return [queryClient.invalidateQueries(trpc.commands.list.pathFilter())];
    case "ports":
      return [queryClient.invalidateQueries(trpc.ports.list.queryFilter({ workspaceId: id }))];
    case "operations":
      return [queryClient.invalidateQueries(trpc.operations.list.pathFilter())];
    default:
      notifyFiles(topic);
      return [];
  }
}

function notifyFiles(topic: Topic): void {
  const [kind, id] = topic.split(":");
  if (kind === "files" && id) for (const listener of filesListeners) listener(id);
}
