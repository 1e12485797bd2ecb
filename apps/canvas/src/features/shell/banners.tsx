"use client";

import { type LucideIcon, TriangleAlert, Unplug } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { useIsDiskFull } from "#features/workspaces/index.ts";
import { useConnection } from "#shared/live/connection-store.ts";

const QUIET_MILLISECONDS = 2_000;

/** What is wrong with the server as a whole, one line each: what still works and what waits. */
export function Banners() {
  const isDiskFull = useIsDiskFull();
  return (
    <div role="status" className="col-span-full">
      {useIsLost() && (
        <Banner icon={Unplug} title="Connection lost.">
          You see the last known state. Edits to files are kept. Other actions work again when the server responds.
          Reconnecting…
        </Banner>
      )}
      {isDiskFull && (
        <Banner icon={TriangleAlert} title="The server’s disk is full.">
          Creates and changes wait for free space. Deletes and erases work.
        </Banner>
      )}
    </div>
  );
}

/** Short interruptions of the live updates show nothing. */
function useIsLost(): boolean {
  const isLost = useConnection() === "lost";
  const [isShown, setIsShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsShown(isLost), isLost ? QUIET_MILLISECONDS : 0);
    return () => clearTimeout(timer);
  }, [isLost]);
  return isShown;
}

const Banner = ({ icon: Icon, title, children }: { icon: LucideIcon; title: string; children: ReactNode }) => (
  <p className="flex items-center gap-2 border-b border-warn/40 bg-warn-soft px-4 py-2 text-ink">
    <Icon aria-hidden className="size-4 shrink-0 text-warn" />
    <span>
      <strong className="font-medium">{title}</strong> {children}
    </span>
  </p>
);
