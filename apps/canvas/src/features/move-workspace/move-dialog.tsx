"use client";

import type { CanvasNode } from "@berth/domain";
import { useRef, useState } from "react";
import { loadPlacing, useChangeTeam } from "#features/map/index.ts";
import { useSnapshot } from "#features/workspaces/index.ts";
import { count } from "#shared/text/format.ts";
import { Button } from "#shared/ui/button.tsx";
import { Dialog } from "#shared/ui/dialog.tsx";
import { notifyError } from "#shared/ui/notify.tsx";
import { PickList, type PickOption } from "#shared/ui/pick-list.tsx";
import { idsBelow, pathOf, topmost } from "#shared/workspace/teams.ts";

const NO_TEAM = "none";

/** Moves a workspace to another team without a drag: a searchable list of all possible leads. */
export function MoveDialog({ workspaceIds, onClose }: { workspaceIds: readonly string[]; onClose: () => void }) {
  const nodes = useSnapshot().data?.nodes ?? [];
  const changeTeam = useChangeTeam();
  const [search, setSearch] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const moved = nodes.filter((node) => workspaceIds.includes(node.id));
  const title = moved.length === 1 ? `Move ${moved[0]?.name} to…` : `Move ${count(moved.length, "workspace")} to…`;

  const choose = async (option: string) => {
    const leadId = option === NO_TEAM ? null : option;
    const team = nodes.find((node) => node.id === leadId);
    const names = moved.length === 1 ? (moved[0]?.name ?? "") : count(moved.length, "workspace");
    const where = team ? `to the team of ${team.name}` : "to no team";
    onClose();
    try {
      const { placesInTeam } = await loadPlacing();
      const ids = moved.filter((node) => node.parentId !== leadId).map((node) => node.id);
      const { before, after } = placesInTeam(nodes, topmost(nodes, new Set(ids)), leadId);
      await changeTeam({ snapshot: nodes, ids, leadId, before, after, names, where });
    } catch (error) {
      notifyError(error, "Move failed.");
    }
  };

  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={title}
      description="Its team moves with it. A team is deleted and arranged together. Machines and files do not change."
      initialFocus={input}
      footer={<Button onClick={onClose}>Cancel</Button>}
    >
      <PickList
        ref={input}
        label="Team"
        placeholder="Find a workspace by name"
        search={search}
        onSearch={setSearch}
        options={optionsFor(nodes, workspaceIds, search)}
        onPick={(option) => void choose(option)}
        nothing={`No workspaces match “${search}”.`}
      />
    </Dialog>
  );
}

/** A workspace cannot move below itself or its own team. */
function optionsFor(nodes: readonly CanvasNode[], ids: readonly string[], search: string): PickOption[] {
  const forbidden = idsBelow(nodes, ids);
  for (const id of ids) forbidden.add(id);
  const parents = new Set(nodes.filter((node) => ids.includes(node.id)).map((node) => node.parentId));
  const present = parents.size === 1 ? [...parents][0] : undefined;
  const wanted = search.trim().toLowerCase();
  const teams = nodes
    .filter((node) => !forbidden.has(node.id) && node.id !== present && node.name.toLowerCase().includes(wanted))
    .sort((one, other) => one.name.localeCompare(other.name))
    .map((node) => ({ id: node.id, label: node.name, hint: pathOf(nodes, node.id) || (node.role ?? "") }));
  const offersNoTeam = present !== null && "no team".includes(wanted);
  return offersNoTeam ? [{ id: NO_TEAM, label: "No team", hint: "Top level" }, ...teams] : teams;
}
