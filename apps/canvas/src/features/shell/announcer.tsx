"use client";

import type { CanvasNode } from "@berth/domain";
import { useEffect, useRef } from "react";
import { useSnapshot } from "#features/workspaces/index.ts";
import { announce, useAnnouncementStore } from "#shared/live/announcement-store.ts";
import { useConnection } from "#shared/live/connection-store.ts";

/** Announces changes to screen readers, in every view. */
export function Announcer() {
  const nodes = useSnapshot().data?.nodes;
  const known = useRef<readonly CanvasNode[] | null>(null);
  const isConnected = useConnection() === "connected";
  const wasConnected = useRef(false);
  const { text, number } = useAnnouncementStore();

  useEffect(() => {
    if (!nodes) return;
    const before = known.current;
    known.current = nodes;
    if (before !== null && before !== nodes) void announceChanges(before, nodes).catch(() => undefined);
  }, [nodes]);

  useEffect(() => {
    if (isConnected && wasConnected.current) announce("Connected again.");
    if (isConnected) wasConnected.current = true;
  }, [isConnected]);

  return (
    <div role="status" aria-live="polite" className="sr-only">
      {/* The key makes a repeated text announced again. */}
      <span key={number}>{text}</span>
    </div>
  );
}

/** The texts load with the first change: while the server is unreachable, none arrive. */
async function announceChanges(before: readonly CanvasNode[], after: readonly CanvasNode[]): Promise<void> {
  const { describeChanges } = await import("./changes-text.ts");
  const changes = describeChanges(before, after);
  if (changes) announce(changes);
}
