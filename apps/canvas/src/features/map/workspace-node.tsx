"use client";

import { type CanvasNode, isBusy } from "@berth/domain";
import { Handle, type NodeProps, Position, useStore } from "@xyflow/react";
import { RotateCcw, Users } from "lucide-react";
import { memo, useSyncExternalStore } from "react";
import { useServerNow } from "#shared/clock/server-clock.ts";
import { formatDuration } from "#shared/text/format.ts";
import { cx } from "#shared/ui/cx.ts";
import { useUrlPart } from "#shared/url/use-url-state.ts";
import { BACKEND_NAMES } from "#shared/workspace/backend-names.ts";
import { lookOf, TONE_TEXT } from "#shared/workspace/status.ts";
import { StatusBadge } from "#shared/workspace/status-badge.tsx";
import type { FlowNode } from "./node-model.ts";
import { dropHint } from "./use-dragging.ts";

const FAR_ZOOM = 0.7;

/** One workspace on the map. Its wrapper is the one thing that takes the focus; nothing inside does. */
export const WorkspaceNode = memo(function WorkspaceNode({ data, selected }: NodeProps<FlowNode>) {
  const { node, childCount } = data;
  const isOpen = useUrlPart((state) => state.workspaceId === node.id);
  const isTarget = useIsDropTarget(node.id);
  const isFar = useStore((state) => state.transform[2] < FAR_ZOOM);
  return (
    <div
      data-workspace-id={node.id}
      data-testid={`workspace-node-${node.id}`}
      data-status={node.status}
      className={cx(
        "flex h-full w-full flex-col rounded-lg border shadow-card transition-[border-color]",
        isTarget && "outline-3 outline-offset-4 outline-accent outline-dashed",
        isOpen
          ? "border-accent bg-surface ring-2 ring-accent"
          : selected
            ? "border-accent bg-accent-soft"
            : "border-line-strong/70 bg-surface hover:border-line-strong",
      )}
    >
      {node.parentId && <Handle type="target" position={Position.Top} isConnectable={false} />}
      {isFar ? <FarCard node={node} /> : <NearCard node={node} childCount={childCount} />}
      {childCount > 0 && <Handle type="source" position={Position.Bottom} isConnectable={false} />}
    </div>
  );
});

/** Asked for each card by itself, so a hint draws two cards anew and not all. */
const useIsDropTarget = (id: string): boolean =>
  useSyncExternalStore(
    dropHint.subscribe,
    () => dropHint.get()?.targetId === id,
    () => false,
  );

/** From afar only the name and the status can be read, so only they are drawn, and larger. */
function FarCard({ node }: { node: CanvasNode }) {
  const { icon: Icon, tone, label, isMoving } = lookOf(node.status);
  return (
    <div className="flex h-full flex-col justify-center gap-1 px-4">
      <span className="line-clamp-2 text-[24px] leading-tight font-semibold break-words">{node.name}</span>
      <span className={cx("flex items-center gap-2 text-[20px] font-medium", TONE_TEXT[tone])}>
        <Icon aria-hidden className={cx("size-6 shrink-0", isMoving && "animate-spin")} />
        {label}
        {node.restartRequired && <RotateCcw aria-label="Restart required" className="size-6 shrink-0 text-warn" />}
      </span>
    </div>
  );
}

function NearCard({ node, childCount }: { node: CanvasNode; childCount: number }) {
  return (
    <div className="flex h-full flex-col gap-1 px-3 pt-2.5 pb-2">
      <div className="flex items-center gap-2">
        <span className="min-w-0 flex-1 truncate text-[15px] font-semibold" title={node.name}>
          {node.name}
        </span>
        {childCount > 0 && (
          <span className="flex items-center gap-1 text-xs text-ink-faint" title={`${childCount} in its team`}>
            <Users aria-hidden className="size-3.5" />
            {childCount}
            {node.collapsed && " hidden"}
          </span>
        )}
        <StatusBadge status={node.status} />
      </div>
      <div className="min-h-0 flex-1 text-[13px] leading-snug text-ink-soft">
        <p className="line-clamp-2">
          <Doing node={node} />
        </p>
      </div>
      <div className="flex items-center gap-1.5 text-xs text-ink-faint">
        <span>{BACKEND_NAMES[node.backend]}</span>
        <span aria-hidden>·</span>
        <span>Tier {node.tier}</span>
        {node.restartRequired && (
          <span className="ml-auto flex items-center gap-1 font-medium text-warn">
            <RotateCcw aria-hidden className="size-3.5" />
            Restart required
          </span>
        )}
      </div>
    </div>
  );
}

/** What it is doing, or what keeps it from doing anything and what to do about that. */
function Doing({ node }: { node: CanvasNode }) {
  if (node.status === "provisioning" && node.provisioningStartedAt)
    return <Progress step={node.step} since={node.provisioningStartedAt} />;
  if (node.step && isBusy(node.status)) return `${node.step}…`;
  if (node.statusReason) return node.statusReason.message;
  if (node.status !== "online") return lookOf(node.status).next;
  return node.currentTask ?? node.role ?? "Idle";
}

function Progress({ step, since }: { step: string | null; since: string }) {
  const now = useServerNow();
  return (
    <>
      {step ?? "Waiting for its turn"}… <span className="tabular-nums">{formatDuration(now - Date.parse(since))}</span>
    </>
  );
}
