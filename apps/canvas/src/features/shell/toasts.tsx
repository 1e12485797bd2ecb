"use client";

import { Toaster } from "sonner";
import { useShownTheme } from "#shared/theme/theme.ts";

/** One stack for all messages, clear of the map's corners. */
export const Toasts = () => (
  <Toaster
    theme={useShownTheme()}
    position="bottom-center"
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
);
