"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTRPC } from "#shared/api/trpc.tsx";
import { useActor } from "#shared/session/actor.tsx";
import { notifyError } from "#shared/ui/notify.tsx";
import { rememberedTerminal, rememberTerminal } from "./preferences.ts";
import { useCloseTerminal, useStartTerminal, useTerminals } from "./queries.ts";
import { afterClosing, type Session, withListed, withStarted } from "./sessions.ts";

const NONE: readonly Session[] = [];

/** The terminals listed on the page, and the active one. The first opens automatically. */
export function useSessions(workspaceId: string, isReachable: boolean) {
  const actorId = useActor().id;
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const listed = useTerminals(workspaceId, isReachable);
  const starting = useStartTerminal();
  const closing = useCloseTerminal();
  const [known, setKnown] = useState<readonly Session[]>(NONE);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [wantedId, setWantedId] = useState(() => rememberedTerminal(actorId, workspaceId));

  const running = listed.data?.terminals.filter(({ id, endedAt }) => endedAt === null && !closed.has(id)) ?? [];
  const all = withListed(known, running);
  if (all !== known) setKnown(all);
  const activeId = (all.find(({ id }) => id === wantedId) ?? all[0])?.id ?? null;

  const select = (id: string) => {
    setWantedId(id);
    rememberTerminal(actorId, workspaceId, id);
  };

  const start = async (replacedId: string | null) => {
    try {
      const { id } = await starting.mutateAsync({ workspaceId });
      setKnown((sessions) => withStarted(sessions, id, replacedId));
      select(id);
    } catch (error) {
      // Without any terminal, the tab itself shows the error.
      if (all.length > 0) notifyError(error, "Could not open a terminal.");
    }
  };

  const close = async (id: string) => {
    const next = afterClosing(all, id);
    setClosed((before) => new Set([...before, id]));
    setKnown((sessions) => sessions.filter((session) => session.id !== id));
    if (id === activeId && next !== null) select(next);
    try {
      await closing.mutateAsync({ workspaceId, terminalId: id });
    } catch (error) {
      notifyError(error, "Could not close the terminal.");
      setClosed((before) => new Set([...before].filter((one) => one !== id)));
    } finally {
      await queryClient.invalidateQueries(trpc.terminals.list.queryFilter({ workspaceId }));
    }
  };

  const hasBegun = useRef(false);
  const isEmpty = listed.isSuccess && !listed.isFetching && all.length === 0;
  useEffect(() => {
    if (all.length > 0) hasBegun.current = true;
    if (!isReachable || !isEmpty || hasBegun.current) return;
    hasBegun.current = true;
    void start(null);
  });

  return {
    all,
    activeId,
    select,
    start,
    close,
    isStarting: starting.isPending,
    isLoading: listed.isPending,
    error: starting.error ?? listed.error,
  };
}
