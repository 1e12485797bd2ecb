"use client";

import { type FocusEvent, useEffect } from "react";
import { Toaster, toast } from "sonner";
import { useIsSmall } from "#shared/media/use-media.ts";
import { useShownTheme } from "#shared/theme/theme.ts";
import { receiveToasts, type Toast } from "#shared/ui/toast-door.ts";
import { useUrlPart } from "#shared/url/use-url-state.ts";

const SHOW = { plain: toast, success: toast.success, error: toast.error } as const;

function show({ kind, title, description, durationMilliseconds, action, place }: Toast): void {
  const id = SHOW[kind](title, {
    description: typeof description === "function" ? description(() => toast.dismiss(id)) : description,
    ...(durationMilliseconds === undefined ? {} : { duration: durationMilliseconds }),
    // Said also when there is none: a message that takes another's place would keep its button.
    action,
    ...(place === undefined ? {} : { id: place }),
  });
}

/**
 * The library gives the focus back to what had it before, also when somebody goes on with Tab: they would never come
 * past the last message. What has to be given back when a message goes, useKeptFocus gives back.
 */
const keepFromLibrary = (event: FocusEvent): void => event.stopPropagation();

const RAIL_PIXELS = 72;
/** The map's buttons for zooming, in the corner where messages stand on a phone. */
const CONTROLS_PIXELS = 116;

/** Clear of what stands at the foot of the window: the rail, the map's corners, the bar for what is selected. */
function useOffset() {
  const isSmall = useIsSmall();
  const hasControls = useUrlPart(({ view, workspaceId }) => view === "map" && workspaceId === null);
  const aboveBar = (pixels: number) => `calc(${pixels}px + var(--bar-at-foot, 0px))`;
  // Between the map's controls and its overview, over nothing that is used.
  if (!isSmall) return { left: 144, bottom: aboveBar(16) };
  return { left: 16, right: 16, bottom: aboveBar(RAIL_PIXELS + (hasControls ? CONTROLS_PIXELS : 0)) };
}

/** All messages in one place. */
export function ToastStack() {
  useEffect(() => receiveToasts(show), []);
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
