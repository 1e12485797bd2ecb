"use client";

import type { FocusEvent } from "react";
import { Toaster, toast } from "sonner";
import { usePendingCommand } from "#shared/commands/pending-command.ts";
import { useIsSmall } from "#shared/media/media.ts";
import { useShownTheme } from "#shared/theme/theme-store.ts";
import { type Toast, toastCommand } from "#shared/ui/toast.ts";
import { useUrlPart } from "#shared/url/use-url-state.ts";

const SHOW = { plain: toast, success: toast.success, error: toast.error } as const;

function show({ kind, title, description, durationMilliseconds, action, place }: Toast): void {
  const id = SHOW[kind](title, {
    description: typeof description === "function" ? description(() => toast.dismiss(id)) : description,
    ...(durationMilliseconds === undefined ? {} : { duration: durationMilliseconds }),
    // Set even when undefined: otherwise a replaced message would keep its button.
    action,
    ...(place === undefined ? {} : { id: place }),
  });
}

/**
 * The library returns the focus to the previous element even when the user continues with Tab, so Tab would never pass
 * the last message. useKeptFocus restores the focus instead when a message disappears.
 */
const keepFromLibrary = (event: FocusEvent): void => event.stopPropagation();

const RAIL_PIXELS = 72;
/** The map's zoom buttons, in the corner that shows messages on a phone. */
const CONTROLS_PIXELS = 116;

/** Keeps messages clear of the rail, the map's corners and the selection bar. */
function useOffset() {
  const isSmall = useIsSmall();
  const hasControls = useUrlPart(({ view, workspaceId }) => view === "map" && workspaceId === null);
  const aboveBar = (pixels: number) => `calc(${pixels}px + var(--bar-at-foot, 0px))`;
  // Between the map's controls and its minimap.
  if (!isSmall) return { left: 160, bottom: aboveBar(16) };
  return { left: 16, right: 16, bottom: aboveBar(RAIL_PIXELS + (hasControls ? CONTROLS_PIXELS : 0)) };
}

/** Shows all messages. */
export function ToastStack() {
  usePendingCommand(toastCommand, show);
  const offset = useOffset();
  return (
    <div onFocusCapture={keepFromLibrary}>
      <Toaster
        theme={useShownTheme()}
        position="bottom-left"
        offset={offset}
        visibleToasts={5}
        closeButton
        mobileOffset={offset}
        toastOptions={{ className: "font-sans", style: { fontSize: 14 } }}
        style={
          {
            "--normal-bg": "var(--raised)",
            "--normal-text": "var(--ink)",
            "--normal-border": "var(--line)",
          } as React.CSSProperties
        }
      />
    </div>
  );
}
