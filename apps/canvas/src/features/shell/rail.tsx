"use client";

import { Anchor, Archive, Map as MapIcon, Settings, Table2 } from "lucide-react";
import type { ComponentType } from "react";
import { NotificationBell } from "#features/notifications/index.ts";
import { cx } from "#shared/ui/cx.ts";
import { RAIL_ITEM } from "#shared/ui/rail-item.ts";
import type { View } from "#shared/url/url-state.ts";
import { navigate, useUrlPart } from "#shared/url/use-url-state.ts";

const VIEWS: { view: View; label: string; testId: string; icon: ComponentType<{ className?: string }> }[] = [
  { view: "home", label: "List", testId: "nav-home", icon: Table2 },
  { view: "map", label: "Map", testId: "nav-map", icon: MapIcon },
  { view: "saved", label: "Saved data", testId: "nav-saved", icon: Archive },
  { view: "settings", label: "Settings", testId: "nav-settings", icon: Settings },
];

/** `isBehind` is true while the panel covers the window. */
export function Rail({ isBehind }: { isBehind: boolean }) {
  const current = useUrlPart((state) => state.view);
  return (
    <nav
      aria-label="Views"
      inert={isBehind}
      className="row-start-3 flex items-center justify-around gap-0.5 border-t border-line bg-surface px-1 py-1 md:gap-1 md:row-start-2 md:flex-col md:justify-start md:border-t-0 md:border-r md:px-1.5 md:py-3"
    >
      <Anchor aria-hidden className="mb-2 hidden size-6 text-accent md:block" />
      {VIEWS.map(({ view, label, testId, icon: Icon }) => (
        <button
          key={view}
          type="button"
          data-testid={testId}
          aria-current={current === view ? "page" : undefined}
          onClick={() => navigate((state) => ({ ...state, view }))}
          className={cx(
            RAIL_ITEM,
            current === view ? "bg-accent-soft text-accent" : "text-ink-soft hover:bg-ink/8 hover:text-ink",
          )}
        >
          <Icon aria-hidden />
          {label}
        </button>
      ))}
      <div className="flex min-w-0 flex-auto md:mt-auto md:flex-none">
        <NotificationBell />
      </div>
    </nav>
  );
}
