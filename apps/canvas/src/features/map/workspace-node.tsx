"use client";

import { type CanvasNode, isBusy, lateAfterSeconds, statedDuration } from "@berth/domain";
import { Handle, type NodeProps, Position, useStore } from "@xyflow/react";
import { RotateCcw, Users } from "lucide-react";
import { memo, useCallback } from "react";
import { useServerNow } from "#shared/clock/clock-store.ts";
import { FOCUS_TARGETS, registerFocusTarget } from "#shared/focus/focus-registry.ts";
import { useIsSelected } from "#shared/selection/selection-store.ts";
import { formatDuration } from "#shared/text/format.ts";
import { cx } from "#shared/ui/cx.ts";
import { useUrlPart } from "#shared/url/use-url-state.ts";
import { BACKEND_NAMES } from "#shared/workspace/backend-names.ts";
import { hasUsefulLog, nextSteps } from "#shared/workspace/next-step.ts";
import { statusStyle, TONE_TEXT } from "#shared/workspace/status.ts";
import { StatusBadge } from "#shared/workspace/status-badge.tsx";
import { useIsDropTarget } from "./drag-store.ts";
import { FAR_ZOOM, type FlowNode } from "./node-model.ts";
import { Sparklines } from "./sparklines.tsx";

/** One workspace on the map. Its wrapper takes the focus; nothing inside is focusable. */
export const WorkspaceNode = memo(function WorkspaceNode({ data }: NodeProps<FlowNode>) {
  const { node, childCount } = data;
  const isOpen = useUrlPart((state) => state.workspaceId === node.id);
  const isTarget = useIsDropTarget(node.id);
  const isSelected = useIsSelected(node.id);
  const isFar = useStore((state) => state.transform[2] < FAR_ZOOM);
  const setRoot = useCardTarget(node.id);
  return (
    <div
      ref={setRoot}
      data-workspace-id={node.id}
      data-testid={`workspace-node-${node.id}`}
      data-status={node.status}
      className={cx(
        "flex h-full w-full flex-col rounded-lg border shadow-card transition-[border-color]",
        isTarget && "outline-3 outline-offset-4 outline-accent outline-dashed",
        isOpen
          ? "border-accent bg-surface ring-2 ring-accent"
          : isSelected
            ? "border-accent bg-accent-soft"
            : "border-line-strong/70 bg-surface hover:border-line-strong",
      )}
    >
      {node.parentId && <Handle type="target" position={Position.Top} isConnectable={false} />}
      {isFar ? <FarCard node={node} /> : <NearCard node={node} childCount={childCount} />}
      {isSelected && <span className="sr-only">Selected</span>}
      {childCount > 0 && <Handle type="source" position={Position.Bottom} isConnectable={false} />}
    </div>
  );
});

/** Registers React Flow's wrapper of the card, which takes the focus and no ref. */
const useCardTarget = (id: string) =>
  useCallback(
    (root: HTMLElement | null) =>
      root?.parentElement ? registerFocusTarget(FOCUS_TARGETS.workspace(id), root.parentElement) : undefined,
    [id],
  );

/** Zoomed out, only the name and the status are readable, so only they are rendered, in larger text. */
function FarCard({ node }: { node: CanvasNode }) {
  const { icon: Icon, tone, label, isMoving } = statusStyle(node.status);
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
          <span className="flex items-center gap-1 text-xs text-ink-faint" title={`${childCount} in team`}>
            <Users aria-hidden className="size-3.5" />
            {childCount}
            {node.collapsed && " hidden"}
          </span>
        )}
        <StatusBadge status={node.status} />
      </div>
      <div className="flex min-h-0 flex-1 gap-2 text-[13px] leading-snug text-ink-soft">
        <p className="line-clamp-2 min-w-0 flex-1 self-start">
          <Doing node={node} />
        </p>
        {node.status === "online" && <Sparklines id={node.id} />}
      </div>
      <div className="flex items-center gap-1.5 text-xs whitespace-nowrap text-ink-faint">
        <span className="min-w-0 truncate">
          {BACKEND_NAMES[node.backend]} · Tier {node.tier}
        </span>
        {node.status === "provisioning" ? <LateOffers node={node} /> : <Offers node={node} />}
      </div>
    </div>
  );
}

/** A late start offers a retry and a cancel here; before that the area is empty. */
function LateOffers({ node }: { node: CanvasNode }) {
  const now = useServerNow();
  return isLateStart(node, now) ? <Offers node={node} isLate /> : null;
}

export const isLateStart = ({ status, backend, provisioningStartedAt }: CanvasNode, now: number): boolean =>
  status === "provisioning" &&
  provisioningStartedAt !== null &&
  now - Date.parse(provisioningStartedAt) > lateAfterSeconds(statedDuration(backend, "restart")) * 1000;

/**
 * The steps that a status offers, one click away. The card is the map's only button, so these are click targets on it
 * that the map resolves. N runs the first one by keyboard.
 */
function Offers({ node, isLate = false }: { node: CanvasNode; isLate?: boolean }) {
  const steps = nextSteps(node, isLate);
  return (
    <span className="ml-auto flex shrink-0 items-center gap-1">
      {steps.map(({ verb, label }) => (
        <span key={verb} data-next={verb} className={OFFER}>
          {node.restartRequired && node.status === "online" && <RotateCcw aria-hidden className="size-3.5 text-warn" />}
          {node.restartRequired && node.status === "online" ? "Restart required" : label}
        </span>
      ))}
      {hasUsefulLog(node.status, isLate) && (
        <span data-next="logs" className={OFFER}>
          Logs
        </span>
      )}
    </span>
  );
}

const OFFER =
  "flex h-6 items-center gap-1 rounded-md border border-line-strong/60 bg-surface px-1.5 text-xs font-medium text-ink hover:bg-sunken";

/** The current activity, or what blocks the workspace and what to do about it. */
function Doing({ node }: { node: CanvasNode }) {
  if (node.status === "provisioning" && node.provisioningStartedAt)
    return <Progress node={node} since={node.provisioningStartedAt} />;
  if (node.step && isBusy(node.status)) return `${node.step}…`;
  if (node.statusReason) return node.statusReason.message;
  if (node.status !== "online") return statusStyle(node.status).next;
  return node.currentTask ?? node.role ?? "Idle";
}

function Progress({ node, since }: { node: CanvasNode; since: string }) {
  const now = useServerNow();
  return (
    <>
      {isLateStart(node, now) && "Takes longer than usual. "}
      {node.step ?? "Queued"}… <span className="tabular-nums">{formatDuration(now - Date.parse(since))}</span>
    </>
  );
}
