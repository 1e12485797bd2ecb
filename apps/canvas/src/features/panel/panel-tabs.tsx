"use client";

import type { Workspace } from "@berth/domain";
import * as Tabs from "radix-ui/tabs";
import { type ComponentType, type FocusEvent, useEffect, useRef, useState } from "react";
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
  ports: {
    label: "Ports",
    body: lazyPart(() => import("#features/ports/index.ts").then((feature) => feature.PortsTab), { waiting }),
  },
};

const select = (tab: PanelTab) => navigate((state) => ({ ...state, tab }));

/** A visited tab stays mounted, so its input and scroll position survive a visit to another tab. */
export function PanelTabs({ workspace }: { workspace: Workspace }) {
  const active = useUrlPart((state) => state.tab);
  const [visited, setVisited] = useState<ReadonlySet<PanelTab>>(new Set([active]));
  if (!visited.has(active)) setVisited(new Set([...visited, active]));

  return (
    <Tabs.Root
      value={active}
      onValueChange={(tab) => select(tab as PanelTab)}
      activationMode="manual"
      className="flex min-h-0 flex-1 flex-col"
    >
      <TabList active={active} />
      {PANEL_TABS.map((id) => {
        const { label, body: Body } = TABS[id];
        return (
          <Tabs.Content
            key={id}
            value={id}
            forceMount
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
          </Tabs.Content>
        );
      })}
    </Tabs.Root>
  );
}

function TabList({ active }: { active: PanelTab }) {
  const activeTab = useRef<HTMLButtonElement>(null);

  // A narrow panel cannot show all tabs at once.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the ref belongs to the active tab.
  useEffect(() => {
    activeTab.current?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [active]);

  return (
    <Tabs.List
      aria-label="Workspace panel tabs"
      data-tabs={PANEL_TABS.join(" ")}
      // Radix makes the list a tab stop that passes the focus on, but not after a click. The open tab is the tab stop.
      tabIndex={undefined}
      className="flex shrink-0 overflow-x-auto border-b border-line px-2"
    >
      {PANEL_TABS.map((id) => (
        <Tabs.Trigger
          key={id}
          value={id}
          ref={id === active ? activeTab : undefined}
          id={`tab-${id}`}
          aria-controls={`panel-${id}`}
          // Radix' tab stop is the tab that had the focus last, but the palette and links open others.
          tabIndex={id === active ? 0 : -1}
          // Arrow keys open the tab that they focus. Radix' automatic mode would also open a tab that gets the focus
          // back with the window, after the back button had opened another one.
          onFocus={(event) => isFromSibling(event) && select(id)}
          // Radix reacts to the pointer. Assistive technology may send a click alone.
          onClick={() => select(id)}
          className={cx(
            "-mb-px border-b-2 px-1.5 py-2 text-sm font-medium whitespace-nowrap -outline-offset-2",
            id === active ? "border-accent text-ink" : "border-transparent text-ink-soft hover:text-ink",
          )}
        >
          {TABS[id].label}
        </Tabs.Trigger>
      ))}
    </Tabs.List>
  );
}

const isFromSibling = ({ currentTarget, relatedTarget }: FocusEvent): boolean =>
  relatedTarget instanceof Node && currentTarget.parentElement?.contains(relatedTarget) === true;
