"use client";

import { isLive, type Workspace } from "@berth/domain";
import { Ear, Search, SquareTerminal } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { FOCUS_TARGETS, focusTarget } from "#shared/focus/focus-registry.ts";
import { useActor } from "#shared/session/actor.tsx";
import { Button } from "#shared/ui/button.tsx";
import { EmptyState } from "#shared/ui/empty-state.tsx";
import { ErrorNotice } from "#shared/ui/error-notice.tsx";
import { IconButton } from "#shared/ui/icon-button.tsx";
import { SkeletonLines } from "#shared/ui/skeleton.tsx";
import { NotRunning } from "./not-running.tsx";
import { isForScreenReaders, setForScreenReaders } from "./preferences.ts";
import { SessionTabs } from "./session-tabs.tsx";
import type { TerminalScreen } from "./terminal-screen.ts";
import { TerminalView } from "./terminal-view.tsx";
import { useSessions } from "./use-sessions.ts";

/** The workspace's shells. They run without a viewer, so a reload finds them unchanged. */
export function TerminalTab({ workspace }: { workspace: Workspace }) {
  return workspace.backend === "memory" ? <NoShells /> : <ShellsOf workspace={workspace} />;
}

const NoShells = () => (
  <EmptyState icon={<SquareTerminal aria-hidden />} title="This backend has no terminals">
    The memory backend simulates machines, so they cannot run a shell.
  </EmptyState>
);

function ShellsOf({ workspace }: { workspace: Workspace }) {
  const isReachable = isLive(workspace.status);
  const sessions = useSessions(workspace.id, isReachable);
  const { status } = workspace;

  if (!isReachable && (sessions.all.length === 0 || status !== "provisioning"))
    return <NotRunning workspace={workspace} />;
  if (sessions.all.length > 0)
    return <Terminals workspaceId={workspace.id} isReachable={isReachable} {...{ sessions }} />;
  if (sessions.error)
    return (
      <ErrorNotice
        className="m-4"
        error={sessions.error}
        onRetry={() => void sessions.start(null)}
        isRetrying={sessions.isStarting}
      />
    );
  if (sessions.isStarting || sessions.isLoading) {
    return (
      <div className="p-4">
        <SkeletonLines lines={6} label="Opening a terminal" />
      </div>
    );
  }
  return (
    <EmptyState
      icon={<SquareTerminal aria-hidden />}
      title="No open terminals"
      action={
        <Button kind="primary" onClick={() => void sessions.start(null)}>
          New terminal
        </Button>
      }
    >
      A terminal runs a shell in the workspace. It keeps running until you close it.
    </EmptyState>
  );
}

interface TerminalsProps {
  workspaceId: string;
  isReachable: boolean;
  sessions: ReturnType<typeof useSessions>;
}

function Terminals({ workspaceId, isReachable, sessions }: TerminalsProps) {
  const actorId = useActor().id;
  const [isRead, setIsRead] = useState(() => isForScreenReaders(actorId));
  const [isSearching, setIsSearching] = useState(false);
  const screen = useRef<TerminalScreen | null>(null);
  const wantsFocus = useRef(false);
  const hintId = useId();
  const { activeId } = sessions;
  useFocusWhenClicked(screen);

  const leave = () => activeId !== null && focusTarget(FOCUS_TARGETS.terminalTab(activeId))?.focus();
  const focusSoon = () => {
    wantsFocus.current = true;
    requestAnimationFrame(() => {
      if (!wantsFocus.current || !screen.current) return;
      wantsFocus.current = false;
      screen.current.focus();
    });
  };

  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <SessionTabs
        sessions={sessions.all}
        activeId={activeId}
        isStarting={sessions.isStarting}
        onSelect={(id) => {
          sessions.select(id);
          focusSoon();
        }}
        onClose={(id) => void sessions.close(id)}
        onStart={() => void sessions.start(null).then(focusSoon)}
      >
        <IconButton label="Find in terminal" aria-pressed={isSearching} onClick={() => setIsSearching(!isSearching)}>
          <Search aria-hidden />
        </IconButton>
        <IconButton
          label="Screen reader mode"
          aria-pressed={isRead}
          className="aria-pressed:bg-accent-soft aria-pressed:text-accent"
          side="left"
          onClick={() => {
            setIsRead(!isRead);
            setForScreenReaders(actorId, !isRead);
          }}
        >
          <Ear aria-hidden />
        </IconButton>
      </SessionTabs>
      {sessions.all.map((session) => (
        <TerminalView
          key={session.id}
          workspaceId={workspaceId}
          session={session}
          isActive={session.id === activeId}
          isReachable={isReachable}
          isForScreenReaders={isRead}
          isSearching={isSearching}
          hintId={hintId}
          handle={screen}
          wantsFocus={wantsFocus}
          onSearch={setIsSearching}
          onLeave={leave}
          onStartAgain={() => void sessions.start(session.id).then(focusSoon)}
          isStarting={sessions.isStarting}
        />
      ))}
      <p id={hintId} className="border-t border-line px-3 py-1 text-xs text-ink-faint">
        <Key>F6</Key> leaves the terminal <Gap /> <Key>Ctrl+F</Key> finds <Gap /> <Key>Ctrl+Shift+C</Key> copies
      </p>
    </div>
  );
}

const Key = ({ children }: { children: string }) => <kbd className="font-mono">{children}</kbd>;
const Gap = () => <span aria-hidden>·</span>;

/** A click focuses the terminal for typing; moving through the tabs by keyboard does not. */
function useFocusWhenClicked(screen: { current: TerminalScreen | null }): void {
  useEffect(() => {
    const focused = document.activeElement;
    if (focused?.id === "tab-terminal" && !focused.matches(":focus-visible")) screen.current?.focus();
  }, [screen]);
}
