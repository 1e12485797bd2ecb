"use client";

import type { Workspace } from "@berth/domain";
import { type ComponentType, type KeyboardEvent, useEffect, useRef, useState } from "react";
import { cx } from "#shared/ui/cx.ts";
import { ErrorBoundary } from "#shared/ui/error-boundary.tsx";
import { lazyPart } from "#shared/ui/lazy-part.tsx";
import { SkeletonLines } from "#shared/ui/skeleton.tsx";
import { PANEL_TABS, type PanelTab } from "#shared/url/url-state.ts";
import { navigate, useUrlPart } from "#shared/url/use-url-state.ts";

const waiting = (
  <div className="p-4">
    <SkeletonLines lines={6} label="Loading tab" />
  </div>
);

type TabBody = ComponentType<{ workspace: Workspace }>;

const TABS: Record<PanelTab, { label: string; body: TabBody }> = {
  activity: {
    label: "Activity",
    body: lazyPart(() => import("#features/activity/index.ts").then((feature) => feature.ActivityTab), { waiting }),
  },
  details: {
    label: "Details",
    body: lazyPart(() => import("#features/details/index.ts").then((feature) => feature.DetailsTab), { waiting }),
  },
  terminal: {
    label: "Terminal",
    body: lazyPart(() => import("#features/terminal/index.ts").then((feature) => feature.TerminalTab), { waiting }),
  },
  config: {
    label: "Config",
    body: lazyPart(() => import("#features/config/index.ts").then((feature) => feature.ConfigTab), { waiting }),
  },
  "container-config": {
    label: "Container",
    body: lazyPart(() => import("#features/container/index.ts").then((feature) => feature.ContainerTab), { waiting }),
  },
  files: {
    label: "Files",
    body: lazyPart(() => import("#features/files/index.ts").then((feature) => feature.FilesTab), { waiting }),
  },
  events: {
    label: "Events",
    body: lazyPart(() => import("#features/events/index.ts").then((feature) => feature.EventsTab), { waiting }),
  },
};

/** A visited tab stays mounted, so its input and scroll position survive a visit to another tab. */
export function PanelTabs({ workspace }: { workspace: Workspace }) {
  const active = useUrlPart((state) => state.tab);
  const [visited, setVisited] = useState<ReadonlySet<PanelTab>>(new Set([active]));
  if (!visited.has(active)) setVisited(new Set([...visited, active]));

  return (
    <>
      <TabList active={active} />
      {PANEL_TABS.map((id) => {
        const { label, body: Body } = TABS[id];
        return (
          <div
            key={id}
            role="tabpanel"
            id={`panel-${id}`}
            aria-labelledby={`tab-${id}`}
            hidden={id !== active}
            tabIndex={-1}
            className={cx("min-h-0 flex-1 overflow-y-auto -outline-offset-2", id === active && "flex flex-col")}
          >
            {visited.has(id) && (
              <ErrorBoundary name={label}>
                <Body workspace={workspace} />
              </ErrorBoundary>
            )}
          </div>
        );
      })}
    </>
  );
}

function TabList({ active }: { active: PanelTab }) {
  const list = useRef<HTMLDivElement>(null);
  const select = (tab: PanelTab) => navigate((state) => ({ ...state, tab }));

  // A narrow panel cannot show all tabs at once.
  useEffect(() => {
    list.current?.querySelector(`#tab-${active}`)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [active]);

  const onKeyDown = (event: KeyboardEvent) => {
    const at = PANEL_TABS.indexOf(active);
    const last = PANEL_TABS.length - 1;
    const target = {
      ArrowRight: at === last ? 0 : at + 1,
      ArrowLeft: at === 0 ? last : at - 1,
      Home: 0,
      End: last,
    }[event.key];
    const tab = target === undefined ? undefined : PANEL_TABS[target];
    if (!tab) return;
    event.preventDefault();
    select(tab);
    list.current?.querySelector<HTMLElement>(`#tab-${tab}`)?.focus();
  };

  return (
    <div
      ref={list}
      role="tablist"
      aria-label="Workspace panel tabs"
      data-tabs={PANEL_TABS.join(" ")}
      onKeyDown={onKeyDown}
      className="flex shrink-0 gap-0.5 overflow-x-auto border-b border-line px-2"
    >
      {PANEL_TABS.map((id) => (
        <button
          key={id}
          type="button"
          role="tab"
          id={`tab-${id}`}
          aria-selected={id === active}
          aria-controls={`panel-${id}`}
          tabIndex={id === active ? 0 : -1}
          onClick={() => select(id)}
          className={cx(
            "-mb-px border-b-2 px-2 py-2 text-sm font-medium whitespace-nowrap -outline-offset-2",
            id === active ? "border-accent text-ink" : "border-transparent text-ink-soft hover:text-ink",
          )}
        >
          {TABS[id].label}
        </button>
      ))}
    </div>
  );
}
