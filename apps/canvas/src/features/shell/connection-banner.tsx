"use client";

import { WifiOff } from "lucide-react";
import { useEffect, useState } from "react";
import { useConnection } from "#shared/live/connection-store.ts";

const QUIET_MILLISECONDS = 2_000;

/** One line while live updates are interrupted: what still works and what waits. Short interruptions show nothing. */
export function ConnectionBanner() {
  const isLost = useConnection() === "lost";
  const [isShown, setIsShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsShown(isLost), isLost ? QUIET_MILLISECONDS : 0);
    return () => clearTimeout(timer);
  }, [isLost]);

  return (
    <div role="status" className="col-span-full">
      {isShown && (
        <p className="flex items-center gap-2 border-b border-warn/40 bg-warn-soft px-4 py-2 text-ink">
          <WifiOff aria-hidden className="size-4 shrink-0 text-warn" />
          <span>
            <strong className="font-medium">Connection lost.</strong> You see the last known state. Edits to files are
            kept. Other actions work again when the server responds. Reconnecting…
          </span>
        </p>
      )}
    </div>
  );
}
