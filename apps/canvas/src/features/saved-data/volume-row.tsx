"use client";

import { allowedVerbs, type Volume, type VolumeState } from "@berth/domain";
import { CircleHelp, Clock, FileCheck, HardDrive, type LucideIcon, Undo2 } from "lucide-react";
import { useRestoreWorkspace } from "#features/workspaces/index.ts";
import { useServerNow } from "#shared/clock/server-clock.ts";
import { formatBytes, formatDateTime, formatDuration } from "#shared/text/format.ts";
import { Button } from "#shared/ui/button.tsx";
import { cx } from "#shared/ui/cx.ts";
import { notifyDone, notifyError } from "#shared/ui/notify.tsx";
import { Spinner } from "#shared/ui/spinner.tsx";
import { openWorkspace } from "#shared/url/url-state.ts";
import { navigate } from "#shared/url/use-url-state.ts";
import { BACKEND_NAMES } from "#shared/workspace/backend-names.ts";
import { TONE_BADGE, type Tone } from "#shared/workspace/status.ts";
import { useVolumeWorkspace } from "./queries.ts";

const LOOKS: Record<VolumeState, { label: string; tone: Tone; icon: LucideIcon }> = {
  attached: { label: "In use", tone: "ok", icon: HardDrive },
  retained: { label: "Kept", tone: "rest", icon: Clock },
  quarantined: { label: "Set aside", tone: "warn", icon: CircleHelp },
  erasing: { label: "Erasing", tone: "busy", icon: Clock },
  erased: { label: "Erased", tone: "idle", icon: FileCheck },
};

interface VolumeRowProps {
  volume: Volume;
  onErase: () => void;
  onReceipt: () => void;
}

export function VolumeRow({ volume, onErase, onReceipt }: VolumeRowProps) {
  const { label, tone, icon: Icon } = LOOKS[volume.state];
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 rounded-lg border border-line bg-surface px-4 py-3">
      <div className="min-w-0 flex-1 basis-64">
        <div className="flex items-center gap-2">
          <span className="min-w-0 truncate font-medium">{volume.workspaceName || "Not known to Berth"}</span>
          <span
            className={cx(
              "inline-flex items-center gap-1 rounded-full px-2 py-0.5 text-xs font-medium",
              TONE_BADGE[tone],
            )}
          >
            {volume.state === "erasing" ? <Spinner className="size-3.5" /> : <Icon aria-hidden className="size-3.5" />}
            {label}
          </span>
        </div>
        <p className="text-[13px] text-ink-soft">
          <Meaning volume={volume} />
        </p>
        <p className="text-[13px] text-ink-faint">
          {BACKEND_NAMES[volume.backend]} · {volume.sizeBytes === null ? "not measured" : formatBytes(volume.sizeBytes)}{" "}
          · made {formatDateTime(volume.createdAt)}
        </p>
      </div>
      <div className="flex flex-wrap gap-2">
        {volume.state === "attached" && volume.workspaceId && <OpenButton workspaceId={volume.workspaceId} />}
        {volume.state === "retained" && <RestoreButton volume={volume} />}
        {volume.state === "retained" && (
          <Button size="small" kind="dangerPlain" onClick={onErase} aria-label={`Erase now: ${volume.workspaceName}`}>
            Erase now
          </Button>
        )}
        {volume.state === "erased" && (
          <Button size="small" onClick={onReceipt} aria-label={`Receipt for ${volume.workspaceName}`}>
            Receipt
          </Button>
        )}
      </div>
    </li>
  );
}

function Meaning({ volume }: { volume: Volume }) {
  switch (volume.state) {
    case "attached":
      return <>Belongs to a workspace that is there.</>;
    case "quarantined":
      return <>Found on the backend without a workspace. It is left alone until somebody decides.</>;
    case "erasing":
      return <>Being erased. A second look proves it before the receipt is written.</>;
    case "erased":
      return <>Gone, and proved gone.</>;
    case "retained":
      return volume.retainedUntil ? <Countdown until={volume.retainedUntil} /> : <>Kept until you decide.</>;
  }
}

function Countdown({ until }: { until: string }) {
  const left = Date.parse(until) - useServerNow();
  if (left <= 0) return <>The grace time is over; it is erased next.</>;
  return (
    <>
      Erased in <span className="tabular-nums">{formatDuration(left)}</span>, on {formatDateTime(until)}.
    </>
  );
}

const OpenButton = ({ workspaceId }: { workspaceId: string }) => (
  <Button size="small" onClick={() => navigate((state) => openWorkspace(state, workspaceId))}>
    Open workspace
  </Button>
);

/** Only when the workspace itself says it can come back: a volume may have been left behind by one that still lives. */
function RestoreButton({ volume }: { volume: Volume }) {
  const { data: workspace } = useVolumeWorkspace(volume.workspaceId);
  const restore = useRestoreWorkspace();
  const canRestore =
    workspace !== undefined && workspace.volume?.id === volume.id && allowedVerbs(workspace.status).includes("restore");
  if (!canRestore) return null;
  const onRestore = () =>
    restore.mutate(
      { id: workspace.id },
      {
        onSuccess: () => notifyDone(`${workspace.name} is coming back.`),
        onError: (error) => notifyError(error, `${workspace.name} was not restored.`),
      },
    );
  return (
    <Button
      size="small"
      isBusy={restore.isPending}
      onClick={onRestore}
      aria-label={`Restore ${volume.workspaceName}`}
      icon={<Undo2 aria-hidden className="size-4" />}
    >
      Restore
    </Button>
  );
}
