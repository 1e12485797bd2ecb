"use client";

import { type FocusEvent, useEffect } from "react";
import { Toaster, toast } from "sonner";
import { useShownTheme } from "#shared/theme/theme.ts";
import { receiveToasts, type Toast } from "#shared/ui/toast-door.ts";

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

/** All messages in one place, clear of the map's corners. */
export function ToastStack() {
  useEffect(() => receiveToasts(show), []);
  return (
    <div onFocusCapture={keepFromLibrary}>
      <Toaster
        theme={useShownTheme()}
        position="bottom-left"
        // Between the map's controls and its overview, over nothing that is used.
        offset={{ left: 144, bottom: 16 }}
        visibleToasts={5}
        closeButton
        mobileOffset={{ bottom: 72 }}
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
