"use client";

import { Anchor, Archive, Map as MapIcon, Table2 } from "lucide-react";
import { type ComponentType, useState } from "react";
import { cx } from "#shared/ui/cx.ts";
import { lazyPart } from "#shared/ui/lazy-part.tsx";
import type { View } from "#shared/url/url-state.ts";
import { navigate, useUrlPart } from "#shared/url/use-url-state.ts";
import { MoreButton, RAIL_ITEM } from "./more-button.tsx";

const AccountMenu = lazyPart(() => import("./account-menu.tsx").then((module) => module.AccountMenu), {
  waiting: <MoreButton aria-busy />,
  isQuiet: true,
});

const VIEWS: { view: View; label: string; testId: string; icon: ComponentType<{ className?: string }> }[] = [
  { view: "home", label: "List", testId: "nav-home", icon: Table2 },
  { view: "map", label: "Map", testId: "nav-map", icon: MapIcon },
  { view: "saved", label: "Saved data", testId: "nav-saved", icon: Archive },
];

export function Rail() {
  const current = useUrlPart((state) => state.view);
  return (
    <nav
      aria-label="Views"
      className="row-start-3 flex items-center justify-around gap-1 border-t border-line bg-surface px-2 py-1 md:row-start-2 md:flex-col md:justify-start md:border-t-0 md:border-r md:px-1.5 md:py-3"
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
      <div className="md:mt-auto">
        <More />
      </div>
    </nav>
  );
}

/** The menu's own code comes with the first look at it. */
function More() {
  const [isWanted, setIsWanted] = useState(false);
  if (isWanted) return <AccountMenu />;
  return <MoreButton aria-haspopup="menu" onClick={() => setIsWanted(true)} />;
}
