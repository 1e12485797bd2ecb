"use client";

import { useEffect } from "react";
import { onLiveEvent } from "#shared/live/live-events.tsx";
import { keepNotice } from "./notice-store.ts";

/** Mount once: it listens to the one event stream while anything else is on screen. */
export function NoticeKeeper() {
  useEffect(() => onLiveEvent((event) => void keepNotice(event).catch(() => undefined)), []);
  return null;
}
