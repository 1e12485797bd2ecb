"use client";

import { allowedVerbs, type CanvasNode, type Compute } from "@berth/domain";
import { FolderTree, PanelRightOpen, Plus, UnfoldVertical } from "lucide-react";
import { useUpdateWorkspace } from "#features/workspaces/index.ts";
import { openDialog } from "#shared/dialogs/dialog-store.ts";
import { MenuItem, MenuSeparator } from "#shared/ui/menu.tsx";
import { notifyError } from "#shared/ui/notify.tsx";
import { openWorkspace } from "#shared/url/url-state.ts";
import { navigate } from "#shared/url/use-url-state.ts";
import { useVerb } from "./use-verb.ts";
import { explainVerb, VERB_LABELS } from "./verbs.ts";

type Card = Pick<CanvasNode, "id" | "generation" | "status" | "collapsed">;

interface WorkspaceMenuItemsProps {
  node: Card;
  childCount: number;
  /** Adds to each verb what survives it. */
  compute?: Compute;
  /** False inside the panel, which is already open. */
  hasOpen?: boolean;
}

/** The actions possible now, shared by the context menu on the map and the menu of the panel. */
export function WorkspaceMenuItems({ node, childCount, compute, hasOpen = true }: WorkspaceMenuItemsProps) {
  const { request } = useVerb(node);
  const update = useUpdateWorkspace();
  const verbs = allowedVerbs(node.status);

  const toggleTeam = () =>
    update.mutate({ id: node.id, collapsed: !node.collapsed }, { onError: (error) => notifyError(error) });

  return (
    <>
      {hasOpen && (
        <MenuItem
          icon={<PanelRightOpen aria-hidden />}
          onSelect={() => navigate((state) => ({ ...openWorkspace(state, node.id), tab: "details" }))}
        >
          Details
        </MenuItem>
      )}
      <MenuItem icon={<Plus aria-hidden />} onSelect={() => openDialog({ kind: "create", parentId: node.id })}>
        New workspace in team
      </MenuItem>
      <MenuItem
        icon={<FolderTree aria-hidden />}
        onSelect={() => openDialog({ kind: "move", workspaceIds: [node.id] })}
      >
        Move to…
      </MenuItem>
      {childCount > 0 && (
        <MenuItem icon={<UnfoldVertical aria-hidden />} onSelect={toggleTeam}>
          {node.collapsed ? "Show team" : "Hide team"}
        </MenuItem>
      )}
      {verbs.length > 0 && <MenuSeparator />}
      {verbs.map((verb) => {
        const { label, icon: Icon } = VERB_LABELS[verb];
        return (
          <MenuItem
            key={verb}
            icon={<Icon aria-hidden />}
            isDangerous={verb === "delete"}
            description={compute && explainVerb(verb, compute)}
            onSelect={() => void request(verb)}
          >
            {label}
          </MenuItem>
        );
      })}
    </>
  );
}
