"use client";

import type { Actor } from "@berth/domain";
import { useEffect } from "react";
import { MapView } from "#features/map/index.ts";
import { NoticeKeeper } from "#features/notifications/index.ts";
import { useSnapshot } from "#features/workspaces/index.ts";
import { useTicks } from "#shared/clock/clock-store.ts";
import { FOCUS_TARGETS, useFocusTarget } from "#shared/focus/focus-registry.ts";
import { useKeptFocus } from "#shared/focus/use-kept-focus.ts";
import { LiveEvents } from "#shared/live/live-events.tsx";
import { useIsSmall } from "#shared/media/media.ts";
import { ActorProvider } from "#shared/session/actor.tsx";
import { useAppliedTheme } from "#shared/theme/theme-store.ts";
import { ErrorBoundary } from "#shared/ui/error-boundary.tsx";
import { lazyPart } from "#shared/ui/lazy-part.tsx";
import { useUrlPart } from "#shared/url/use-url-state.ts";
import { Announcer } from "./announcer.tsx";
import { Banners } from "./banners.tsx";
import { Dialogs } from "./dialogs.tsx";
import { PanelColumn } from "./panel-column.tsx";
import { Rail } from "./rail.tsx";
import { useShortcuts } from "./use-shortcuts.ts";

// Most visits start with the map; other views load on demand.
const HomeView = lazyPart(() => import("#features/home/index.ts").then((feature) => feature.HomeView));
const SavedDataView = lazyPart(() => import("#features/saved-data/index.ts").then((feature) => feature.SavedDataView));
const SettingsView = lazyPart(() => import("#features/settings/index.ts").then((feature) => feature.SettingsView));

const VIEW_TITLES = { map: "Map", home: "Workspaces", saved: "Saved data", settings: "Settings" } as const;

/** Rail, view and panel in one grid, so nothing overlaps. On phones the panel fills the screen. */
export function Shell({ actor, asOf }: { actor: Actor; asOf: number }) {
  const view = useUrlPart((state) => state.view);
  const workspaceId = useUrlPart((state) => state.workspaceId);
  const isSheet = useIsSmall() && workspaceId !== null;
  const main = useFocusTarget(FOCUS_TARGETS.view);
  useTitle(view, workspaceId);
  useShortcuts();
  useKeptFocus();
  useTicks();
  useAppliedTheme();

  return (
    <ActorProvider actor={actor}>
      <LiveEvents asOf={asOf} />
      <NoticeKeeper />
      <Announcer />
      <Dialogs />
      <a
        href="#view"
        inert={isSheet}
        className="sr-only z-50 rounded-md bg-accent px-3 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to content
      </a>
      <div className="grid h-dvh grid-cols-1 grid-rows-[auto_1fr_auto] md:grid-cols-[auto_1fr_auto] md:grid-rows-[auto_1fr]">
        <Banners />
        <Rail isBehind={isSheet} />
        <main
          ref={main}
          id="view"
          tabIndex={-1}
          inert={isSheet}
          className="relative min-h-0 min-w-0 -outline-offset-2 md:col-start-2 md:row-start-2"
        >
          <ErrorBoundary key={view} name={VIEW_TITLES[view]}>
            {view === "map" && <MapView />}
            {view === "home" && <HomeView />}
            {view === "saved" && <SavedDataView />}
            {view === "settings" && <SettingsView />}
          </ErrorBoundary>
        </main>
        {workspaceId && <PanelColumn workspaceId={workspaceId} isSheet={isSheet} />}
      </div>
    </ActorProvider>
  );
}

function useTitle(view: keyof typeof VIEW_TITLES, workspaceId: string | null): void {
  const name = useSnapshot().data?.nodes.find((node) => node.id === workspaceId)?.name;
  useEffect(() => {
    document.title = `${name ?? VIEW_TITLES[view]} · Berth`;
  }, [name, view]);
}
