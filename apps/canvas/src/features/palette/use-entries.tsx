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
  X,
  ZoomIn,
} from "lucide-react";
import { useVerb, VERB_LABELS } from "#features/actions/index.ts";
import { allowing, BATCH_VERBS, useRequestMany } from "#features/batch/index.ts";
import { useSnapshot, useUpdateWorkspace } from "#features/workspaces/index.ts";
import { openDialog } from "#shared/dialogs/dialog-store.ts";
import { clearSelection, useSelection } from "#shared/selection/selection-store.ts";
import { setTheme } from "#shared/theme/theme-store.ts";
import { cx } from "#shared/ui/cx.ts";
import { notifyError } from "#shared/ui/notify.tsx";
import type { PickOption } from "#shared/ui/pick-list.tsx";
import { redoLast, undoLast } from "#shared/undo/undo.ts";
import { openWorkspace, PANEL_TABS, type PanelTab, type View } from "#shared/url/url-state.ts";
import { navigate, useUrlPart } from "#shared/url/use-url-state.ts";
import { runOnMap, showOnMap } from "#shared/workspace/map-command.ts";
import { statusStyle, TONE_TEXT } from "#shared/workspace/status.ts";
import { pathOf } from "#shared/workspace/teams.ts";

export interface Entry extends PickOption {
  run: () => void;
}

/**
 * All palette entries: first those for the target workspaces, then all workspaces, then the rest. The target is the
 * selection, else the focused workspace, else the open one.
 */
export function useEntries(focusedId: string | null): Entry[] {
  const nodes = useSnapshot().data?.nodes ?? [];
  const selected = useSelection();
  const openId = useUrlPart((state) => state.workspaceId);
  const byId = (id: string | null) => nodes.find((node) => node.id === id);
  const chosen = nodes.filter((node) => selected.has(node.id));
  const areMany = chosen.length > 1;
  const open = byId(openId);
  const target = areMany ? open : (chosen[0] ?? byId(focusedId) ?? open);
  const ofMany = useManyEntries(chosen);
  const targetEntries = useActionEntries(target, nodes);

  return [
    ...(areMany ? ofMany : []),
    // Enter on an empty input must be harmless, so tabs come before verbs.
    ...(target ? tabEntries(target) : []),
    ...targetEntries,
    ...(open && open !== target ? tabEntries(open) : []),
    ...nodes.map((node) => workspaceEntry(node, nodes)),
    ...EVERYWHERE,
  ];
}

const tabEntries = (node: CanvasNode): Entry[] =>
  PANEL_TABS.map((tab) =>
    entry(
      `tab-${tab}-${node.id}`,
      `${tabName(tab)} of ${node.name}`,
      <PanelRightOpen aria-hidden />,
      () => navigate((state) => ({ ...openWorkspace(state, node.id), tab })),
      "Tab",
    ),
  );

/** The same actions as the selection bar. */
function useManyEntries(chosen: readonly CanvasNode[]): Entry[] {
  const request = useRequestMany();
  const selected = (ids: readonly string[]) =>
    `${ids.length} selected ${ids.length === 1 ? "workspace" : "workspaces"}`;
  const all = chosen.map(({ id }) => id);
  const deletable = allowing(chosen, "delete");
  return [
    entry(
      "many-move",
      `Move ${selected(all)} to…`,
      <FolderTree aria-hidden />,
      () => openDialog({ kind: "move", workspaceIds: all }),
      "Selection",
    ),
    ...BATCH_VERBS.flatMap((verb) => {
      const ids = allowing(chosen, verb);
      const { label, icon: Icon } = VERB_LABELS[verb];
      const name = `${label} ${selected(ids)}`;
      return ids.length === 0
        ? []
        : [entry(`many-${verb}`, name, <Icon aria-hidden />, () => request(verb, ids), "Selection")];
    }),
    ...(deletable.length === 0
      ? []
      : [
          entry(
            "many-delete",
            `Delete ${selected(deletable)}…`,
            <VERB_LABELS.delete.icon aria-hidden />,
            () => openDialog({ kind: "batch-delete", workspaceIds: deletable }),
            "Selection",
          ),
        ]),
    entry("many-clear", "Clear selection", <X aria-hidden />, clearSelection, "Selection"),
  ];
}

function useActionEntries(node: CanvasNode | undefined, nodes: readonly CanvasNode[]): Entry[] {
  const { request } = useVerb({ id: node?.id ?? "", generation: node?.generation ?? 1 });
  const update = useUpdateWorkspace();
  if (!node) return [];
  const hasTeam = nodes.some(({ parentId }) => parentId === node.id);
  return [
    ...allowedVerbs(node.status).map((verb) => {
      const { label, icon: Icon } = VERB_LABELS[verb];
      return entry(`verb-${verb}`, `${label} ${node.name}`, <Icon aria-hidden />, () => void request(verb), "Action");
    }),
    entry(
      "move",
      `Move ${node.name} to…`,
      <FolderTree aria-hidden />,
      () => openDialog({ kind: "move", workspaceIds: [node.id] }),
      "Action",
    ),
    entry(
      "add",
      `New workspace in the team of ${node.name}`,
      <Plus aria-hidden />,
      () => openDialog({ kind: "create", parentId: node.id }),
      "Action",
    ),
    ...(hasTeam
      ? teamEntries(node, (collapsed) =>
          update.mutate({ id: node.id, collapsed }, { onError: (error) => notifyError(error) }),
        )
      : []),
  ];
}

function entry(id: string, label: string, icon: React.ReactNode, run: () => void, group: string, keys?: string): Entry {
  return { id, label, icon, run, group, ...(keys ? { keys } : {}) };
}

function workspaceEntry(node: CanvasNode, nodes: readonly CanvasNode[]): Entry {
  const { icon: Icon, tone, label } = statusStyle(node.status);
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
    () => runOnMap({ kind: "zoom_to_team", workspaceId: lead.id }),
    "Action",
  ),
  entry(
    "arrange-team",
    `Arrange the team of ${lead.name}`,
    <LayoutGrid aria-hidden />,
    () => runOnMap({ kind: "arrange_team", workspaceId: lead.id }),
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
  entry("notices", "Notifications", <Bell aria-hidden />, () => openDialog({ kind: "notifications" }), "View"),
  entry("new", "New workspace", <Plus aria-hidden />, () => openDialog({ kind: "create", parentId: null }), "Action"),
  entry("arrange", "Arrange the map", <LayoutGrid aria-hidden />, () => runOnMap({ kind: "arrange_all" }), "Action"),
  entry("undo", "Undo", <Undo2 aria-hidden />, () => void undoLast(), "Action", "Ctrl+Z"),
  entry("redo", "Redo", <Redo2 aria-hidden />, () => void redoLast(), "Action", "Ctrl+Shift+Z"),
  entry("theme-system", "Theme: system", <Monitor aria-hidden />, () => setTheme("system"), "Setting"),
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
