"use client";

import { Plus, X } from "lucide-react";
import type { KeyboardEvent, ReactNode, Ref } from "react";
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
  /** The button of the open terminal. */
  activeButton: Ref<HTMLButtonElement>;
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
  activeButton,
  children,
}: SessionTabsProps) {
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
    const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>("button[data-session]")];
    const at = buttons.indexOf(document.activeElement as HTMLElement);
    if (at === -1) return;
    buttons[(at + (event.key === "ArrowRight" ? 1 : buttons.length - 1)) % buttons.length]?.focus();
  };
  return (
    <div className="flex shrink-0 items-center border-b border-line bg-sunken">
      {/* biome-ignore lint/a11y/useSemanticElements: a group of buttons; a fieldset would not scroll sideways. */}
      <div role="group" aria-label="Terminals" onKeyDown={onKeyDown} className="flex min-w-0 flex-1 overflow-x-auto">
        {sessions.map(({ id, number }) => (
          <div
            key={number}
            className={cx(
              "flex shrink-0 items-center border-r border-line pl-3",
              id === activeId ? "bg-surface" : "text-ink-soft",
            )}
          >
            <button
              type="button"
              ref={id === activeId ? activeButton : undefined}
              data-session={id}
              aria-current={id === activeId || undefined}
              onClick={() => onSelect(id)}
              onAuxClick={(event) => event.button === 1 && onClose(id)}
              className={cx("py-1.5 text-[13px] whitespace-nowrap -outline-offset-2", id === activeId && "font-medium")}
            >
              Terminal {number}
            </button>
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
