"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTRPC } from "#shared/api/trpc.tsx";
import { serverNow } from "#shared/clock/clock-store.ts";
import { useActor } from "#shared/session/actor.tsx";
import { notifyError } from "#shared/ui/notify.tsx";
import { closedTerminals, rememberClosed, rememberedTerminal, rememberTerminal } from "./preferences.ts";
import { useCloseTerminal, useStartTerminal, useTerminals } from "./queries.ts";
import { afterClosing, isShown, type Session, withListed, withStarted } from "./sessions.ts";

const NONE: readonly Session[] = [];

/** The terminals on the page, and the active one. Without any, the first opens automatically. */
export function useSessions(workspaceId: string, isReachable: boolean) {
  const actorId = useActor().id;
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const listed = useTerminals(workspaceId, isReachable);
  const starting = useStartTerminal();
  const closing = useCloseTerminal();
  const [known, setKnown] = useState<readonly Session[]>(NONE);
  const [closed, setClosed] = useState(() => closedTerminals(actorId, workspaceId));
  const [wantedId, setWantedId] = useState(() => rememberedTerminal(actorId, workspaceId));

  const terminals = listed.data?.terminals ?? [];
  const now = serverNow();
  const all = withListed(
    known,
    terminals.filter((terminal) => isShown(terminal, now) && !closed.has(terminal.id)),
  );
  if (all !== known) setKnown(all);
  const activeId = (all.find(({ id }) => id === wantedId) ?? all[0])?.id ?? null;

  const select = (id: string) => {
    setWantedId(id);
    rememberTerminal(actorId, workspaceId, id);
  };

  const hide = (id: string) => {
    const next = new Set(closed).add(id);
    setClosed(next);
    rememberClosed(actorId, workspaceId, next, terminals);
  };

  const start = async (replacedId: string | null) => {
    try {
      const { id } = await starting.mutateAsync({ workspaceId });
      if (replacedId !== null) hide(replacedId);
      setKnown((sessions) => withStarted(sessions, id, replacedId));
      select(id);
    } catch (error) {
      // Without any terminal, the tab itself shows the error.
      if (all.length > 0) notifyError(error, "Could not open a terminal.");
    }
  };

  const close = async (id: string) => {
    const next = afterClosing(all, id);
    hide(id);
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
