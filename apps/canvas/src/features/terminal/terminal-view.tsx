"use client";

import type { LinkState } from "@berth/client/terminal-link";
import { type RefObject, useEffect, useRef, useState } from "react";
import { useShownTheme } from "#shared/theme/theme-store.ts";
import { Button } from "#shared/ui/button.tsx";
import { cx } from "#shared/ui/cx.ts";
import { Spinner } from "#shared/ui/spinner.tsx";
import { SearchBar } from "./search-bar.tsx";
import type { Session } from "./sessions.ts";
import { TerminalScreen } from "./terminal-screen.ts";

interface TerminalViewProps {
  workspaceId: string;
  session: Session;
  isActive: boolean;
  /** False while the machine is away. Its return ends the wait for a retry. */
  isReachable: boolean;
  isForScreenReaders: boolean;
  isSearching: boolean;
  hintId: string;
  /** Set while the terminal is active, for the toolbar. */
  handle: RefObject<TerminalScreen | null>;
  /** A requested terminal that is not rendered yet takes the focus once it is. */
  wantsFocus: RefObject<boolean>;
  onSearch: (isOn: boolean) => void;
  onLeave: () => void;
  onStartAgain: () => void;
  isStarting: boolean;
}

export function TerminalView(props: TerminalViewProps) {
  const { workspaceId, session, isActive, isReachable, isForScreenReaders, isSearching, hintId, handle, wantsFocus } =
    props;
  const host = useRef<HTMLDivElement>(null);
  const [screen, setScreen] = useState<TerminalScreen | null>(null);
  const [state, setState] = useState<LinkState>({ kind: "connecting" });
  const theme = useShownTheme();
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    if (!host.current) return;
    const { session: started, isForScreenReaders: isRead } = latest.current;
    const next = new TerminalScreen({
      host: host.current,
      address: `/terminal/${workspaceId}/${started.id}`,
      label: `Terminal ${started.number}`,
      isFresh: started.isFresh,
      hintId,
      isForScreenReaders: isRead,
      onState: setState,
      onFind: () => latest.current.onSearch(true),
      onLeave: () => latest.current.onLeave(),
    });
    setScreen(next);
    return () => {
      setScreen(null);
      next.dispose();
    };
  }, [workspaceId, hintId]);

  useEffect(() => {
    if (theme) screen?.takeTheme();
  }, [screen, theme]);

  useEffect(() => screen?.setForScreenReaders(isForScreenReaders), [screen, isForScreenReaders]);

  useEffect(() => {
    if (isReachable) screen?.retryNow();
  }, [screen, isReachable]);

  useEffect(() => {
    if (!isActive || !screen) return;
    screen.fit();
    handle.current = screen;
    if (wantsFocus.current) screen.focus();
    wantsFocus.current = false;
    return () => {
      handle.current = null;
    };
  }, [isActive, screen, handle, wantsFocus]);

  return (
    <div className={cx("min-h-0 flex-1 flex-col", isActive ? "flex" : "hidden")}>
      {isActive && isSearching && screen && (
        <SearchBar
          screen={screen}
          onClose={() => {
            props.onSearch(false);
            screen.focus();
          }}
        />
      )}
      <div className="min-h-0 flex-1 bg-sunken py-1.5 pl-2.5">
        <div ref={host} data-terminal={session.number} className="h-full min-h-0 overflow-hidden font-mono" />
      </div>
      <Note state={state} isStarting={props.isStarting} onStartAgain={props.onStartAgain} />
    </div>
  );
}

interface NoteProps {
  state: LinkState;
  isStarting: boolean;
  onStartAgain: () => void;
}

/** Nothing while all is well; otherwise one line with the problem. */
function Note({ state, isStarting, onStartAgain }: NoteProps) {
  if (state.kind === "connected" || state.kind === "connecting") return null;
  return (
    <div role="status" className="flex items-center gap-3 border-t border-line bg-raised px-3 py-2">
      {state.kind === "lost" && (
        <>
          <Spinner className="text-warn" />
          <p className="min-w-0 flex-1">Disconnected. Reconnecting automatically; the shell keeps running.</p>
        </>
      )}
      {state.kind === "refused" && <p className="min-w-0 flex-1">{state.problem.message}</p>}
      {state.kind === "ended" && (
        <>
          <p className="min-w-0 flex-1">{endOf(state.exitCode)}</p>
          <Button size="small" kind="primary" isBusy={isStarting} onClick={onStartAgain}>
            Start new shell
          </Button>
        </>
      )}
    </div>
  );
}

function endOf(exitCode: number | null): string {
  if (exitCode === null) return "This shell has ended.";
  return exitCode === 0 ? "This shell was closed." : `This shell ended with exit code ${exitCode}.`;
}
