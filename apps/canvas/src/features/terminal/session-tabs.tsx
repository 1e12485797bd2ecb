"use client";

import { Plus, X } from "lucide-react";
import type { ReactNode } from "react";
import { arrowKeysIn } from "#shared/focus/arrow-keys.ts";
import { FOCUS_TARGETS, useFocusTarget } from "#shared/focus/focus-registry.ts";
import { cx } from "#shared/ui/cx.ts";
import { IconButton } from "#shared/ui/icon-button.tsx";
import type { Session } from "./sessions.ts";

interface SessionTabsProps {
  sessions: readonly Session[];
  activeId: string | null;
  isStarting: boolean;
  onSelect: (id: string) => void;
  onClose: (id: string) => void;
  onStart: () => void;
  children: ReactNode;
}

/** A workspace's terminals, as plain buttons, so that each close button is focusable. */
export function SessionTabs({
  sessions,
  activeId,
  isStarting,
  onSelect,
  onClose,
  onStart,
  children,
}: SessionTabsProps) {
  const names = sessions.map(({ id }) => FOCUS_TARGETS.terminalTab(id));
  return (
    <div className="flex shrink-0 items-center border-b border-line bg-sunken">
      {/* biome-ignore lint/a11y/useSemanticElements: a group of buttons; a fieldset would not scroll sideways. */}
      <div role="group" aria-label="Terminals" className="flex min-w-0 flex-1 overflow-x-auto">
        {sessions.map(({ id, number }) => (
          <div
            key={number}
            className={cx(
              "flex shrink-0 items-center border-r border-line pl-3",
              id === activeId ? "bg-surface" : "text-ink-soft",
            )}
          >
            <SessionButton
              id={id}
              number={number}
              isActive={id === activeId}
              names={names}
              onSelect={onSelect}
              onClose={onClose}
            />
            <button
              type="button"
              aria-label={`Close terminal ${number}`}
              onClick={() => onClose(id)}
              className="m-1 inline-flex size-6 items-center justify-center rounded -outline-offset-2 hover:bg-ink/10"
            >
              <X aria-hidden className="size-3.5" />
            </button>
          </div>
        ))}
        <IconButton label="New terminal" onClick={onStart} disabled={isStarting} className="-outline-offset-2">
          <Plus aria-hidden />
        </IconButton>
      </div>
      {children}
    </div>
  );
}

interface SessionButtonProps extends Pick<SessionTabsProps, "onSelect" | "onClose"> {
  id: string;
  number: number;
  isActive: boolean;
  /** The focus targets of all tabs. */
  names: readonly string[];
}

function SessionButton({ id, number, isActive, names, onSelect, onClose }: SessionButtonProps) {
  const target = FOCUS_TARGETS.terminalTab(id);
  return (
    <button
      type="button"
      ref={useFocusTarget(target)}
      aria-current={isActive || undefined}
      onKeyDown={arrowKeysIn(names, target)}
      onClick={() => onSelect(id)}
      onAuxClick={(event) => event.button === 1 && onClose(id)}
      className={cx("py-1.5 text-[13px] whitespace-nowrap -outline-offset-2", isActive && "font-medium")}
    >
      Terminal {number}
    </button>
  );
}
