"use client";

import { useEffect } from "react";
import { onLiveEvent } from "#shared/live/live-events.tsx";
import { keepNotice } from "./notice-store.ts";

/** Mount once: collects notices from the event stream in every view. */
export function NoticeKeeper() {
  useEffect(() => onLiveEvent((event) => void keepNotice(event).catch(() => undefined)), []);
  return null;
}
