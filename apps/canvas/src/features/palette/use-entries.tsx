"use client";

import { allowedVerbs, type CanvasNode } from "@berth/domain";
import {
  Archive,
  Bell,
  FolderTree,
  Keyboard,
  LayoutGrid,
  Map as MapIcon,
  Monitor,
  Moon,
  PanelRightOpen,
  Plus,
  Redo2,
  Settings,
  Sun,
  Table2,
  Undo2,
  UnfoldVertical,
  ZoomIn,
} from "lucide-react";
import { useVerb, VERB_LOOKS } from "#features/actions/index.ts";
import { useSnapshot, useUpdateWorkspace } from "#features/workspaces/index.ts";
import { openDialog } from "#shared/dialogs/dialog-store.ts";
import { setTheme } from "#shared/theme/theme.ts";
import { cx } from "#shared/ui/cx.ts";
import { notifyError } from "#shared/ui/notify.tsx";
import type { PickOption } from "#shared/ui/pick-list.tsx";
import { redoLast, undoLast } from "#shared/undo/undo.ts";
import { PANEL_TABS, type PanelTab, type View } from "#shared/url/url-state.ts";
import { navigate, useUrlPart } from "#shared/url/use-url-state.ts";
import { showOnMap, wishOfMap } from "#shared/workspace/show-on-map.ts";
import { lookOf, TONE_TEXT } from "#shared/workspace/status.ts";
import { pathOf } from "#shared/workspace/teams.ts";

export interface Entry extends PickOption {
  run: () => void;
}

/** Everything the palette offers now: first what concerns the open workspace, then all workspaces, then the rest. */
export function useEntries(): Entry[] {
  const nodes = useSnapshot().data?.nodes ?? [];
  const openId = useUrlPart((state) => state.workspaceId);
  const open = nodes.find((node) => node.id === openId);
  const { ask } = useVerb({ id: open?.id ?? "", generation: open?.generation ?? 1 });
  const update = useUpdateWorkspace();
  const hasTeam = nodes.some((node) => node.parentId === openId);

  const ofOpen: Entry[] = open
    ? [
        // What Enter means before anything is typed must harm nobody, so the tabs come before the verbs.
        ...PANEL_TABS.map((tab) =>
          entry(
            `tab-${tab}`,
            `${tabName(tab)} of ${open.name}`,
            <PanelRightOpen aria-hidden />,
            () => navigate((state) => ({ ...state, tab })),
            "Tab",
          ),
        ),
        ...allowedVerbs(open.status).map((verb) => {
          const { label, icon: Icon } = VERB_LOOKS[verb];
          return entry(`verb-${verb}`, `${label} ${open.name}`, <Icon aria-hidden />, () => void ask(verb), "Action");
        }),
        entry(
          "move",
          `Move ${open.name} to…`,
          <FolderTree aria-hidden />,
          () => openDialog({ kind: "move", workspaceIds: [open.id] }),
          "Action",
        ),
        entry(
          "add",
          `New workspace in the team of ${open.name}`,
          <Plus aria-hidden />,
          () => openDialog({ kind: "create", parentId: open.id }),
          "Action",
        ),
        ...(hasTeam
          ? teamEntries(open, (collapsed) =>
              update.mutate({ id: open.id, collapsed }, { onError: (error) => notifyError(error) }),
            )
          : []),
      ]
    : [];

  return [...ofOpen, ...nodes.map((node) => workspaceEntry(node, nodes)), ...EVERYWHERE];
}

function entry(id: string, label: string, icon: React.ReactNode, run: () => void, group: string, keys?: string): Entry {
  return { id, label, icon, run, group, ...(keys ? { keys } : {}) };
}

function workspaceEntry(node: CanvasNode, nodes: readonly CanvasNode[]): Entry {
  const { icon: Icon, tone, label } = lookOf(node.status);
  const path = pathOf(nodes, node.id);
  return {
    id: node.id,
    label: node.name,
    hint: [path, node.role].filter(Boolean).join(" · "),
    icon: <Icon aria-hidden className={cx(TONE_TEXT[tone])} />,
    group: label,
    run: () => showOnMap(node.id),
  };
}

const teamEntries = (lead: CanvasNode, collapse: (collapsed: boolean) => void): Entry[] => [
  entry(
    "collapse",
    lead.collapsed ? `Show the team of ${lead.name}` : `Hide the team of ${lead.name}`,
    <UnfoldVertical aria-hidden />,
    () => collapse(!lead.collapsed),
    "Action",
  ),
  entry(
    "zoom",
    `Zoom to the team of ${lead.name}`,
    <ZoomIn aria-hidden />,
    () => wishOfMap({ kind: "zoom_to_team", workspaceId: lead.id }),
    "Action",
  ),
  entry(
    "arrange-team",
    `Arrange the team of ${lead.name}`,
    <LayoutGrid aria-hidden />,
    () => wishOfMap({ kind: "arrange_team", workspaceId: lead.id }),
    "Action",
  ),
];

const tabName = (tab: PanelTab): string =>
  tab === "container-config" ? "Container" : `${tab.charAt(0).toUpperCase()}${tab.slice(1)}`;

const goTo = (view: View) => () => navigate((state) => ({ ...state, view }));

const EVERYWHERE: readonly Entry[] = [
  entry("view-map", "Map", <MapIcon aria-hidden />, goTo("map"), "View"),
  entry("view-home", "List", <Table2 aria-hidden />, goTo("home"), "View"),
  entry("view-saved", "Saved data", <Archive aria-hidden />, goTo("saved"), "View"),
  entry("view-settings", "Settings", <Settings aria-hidden />, goTo("settings"), "View"),
  entry("notices", "Notices", <Bell aria-hidden />, () => openDialog({ kind: "notifications" }), "View"),
  entry("new", "New workspace", <Plus aria-hidden />, () => openDialog({ kind: "create", parentId: null }), "Action"),
  entry("arrange", "Arrange the map", <LayoutGrid aria-hidden />, () => wishOfMap({ kind: "arrange_all" }), "Action"),
  entry("undo", "Undo", <Undo2 aria-hidden />, () => void undoLast(), "Action", "Ctrl+Z"),
  entry("redo", "Redo", <Redo2 aria-hidden />, () => void redoLast(), "Action", "Ctrl+Shift+Z"),
  entry("theme-system", "Theme: as the system", <Monitor aria-hidden />, () => setTheme("system"), "Setting"),
  entry("theme-light", "Theme: light", <Sun aria-hidden />, () => setTheme("light"), "Setting"),
  entry("theme-dark", "Theme: dark", <Moon aria-hidden />, () => setTheme("dark"), "Setting"),
  entry(
    "shortcuts",
    "Keyboard shortcuts",
    <Keyboard aria-hidden />,
    () => openDialog({ kind: "shortcuts" }),
    "Help",
    "?",
  ),
];
