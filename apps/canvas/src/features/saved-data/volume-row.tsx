"use client";

import { allowedVerbs, type Volume } from "@berth/domain";
import { Download, Plus, Undo2 } from "lucide-react";
import { useState } from "react";
import { promptForName, useRestoreWorkspace } from "#features/workspaces/index.ts";
import { useServerNow } from "#shared/clock/clock-store.ts";
import { formatAgo, formatBytes, formatDateTime, formatDuration } from "#shared/text/format.ts";
import { Button } from "#shared/ui/button.tsx";
import { cx } from "#shared/ui/cx.ts";
import { Menu, MenuItem } from "#shared/ui/menu.tsx";
import { notifyDone, notifyError } from "#shared/ui/notify.tsx";
import { Spinner } from "#shared/ui/spinner.tsx";
import { openWorkspace } from "#shared/url/url-state.ts";
import { navigate } from "#shared/url/use-url-state.ts";
import { BACKEND_NAMES } from "#shared/workspace/backend-names.ts";
import { TONE_BADGE } from "#shared/workspace/status.ts";
import { downloadVolume, VOLUME_ROOTS, type VolumeRoot } from "./download.ts";
import { EraseProgress } from "./erase-progress.tsx";
import { useVolumeWorkspace } from "./queries.ts";
import { volumeName, volumeStyle } from "./volume-status.ts";

interface VolumeRowProps {
  volume: Volume;
  /** False where the backend shows files only while a machine runs. */
  canDownload: boolean;
  onAdopt: () => void;
  onErase: () => void;
  onReceipt: () => void;
}

export function VolumeRow({ volume, canDownload, onAdopt, onErase, onReceipt }: VolumeRowProps) {
  const { label, tone, icon: Icon } = volumeStyle(volume);
  const name = volumeName(volume);
  const isFree = volume.state === "retained" || volume.state === "quarantined";
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 rounded-lg border border-line bg-surface px-4 py-3">
      <div className="min-w-0 flex-1 basis-64">
        <div className="flex items-center gap-2">
          <span className="min-w-0 truncate font-medium">{name}</span>
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
          {BACKEND_NAMES[volume.backend]} · {volume.sizeBytes === null ? "not measured" : formatBytes(volume.sizeBytes)}
          {volume.measuredAt && <Measured at={volume.measuredAt} />} · created {formatDateTime(volume.createdAt)}
        </p>
      </div>
      <div className="flex flex-wrap gap-2">
        {volume.state === "attached" && volume.workspaceId && (
          <OpenButton workspaceId={volume.workspaceId} name={name} />
        )}
        {volume.state === "retained" && <RestoreButton volume={volume} />}
        {(isFree || volume.state === "attached") && canDownload && volume.missingSince === null && (
          <DownloadMenu volume={volume} />
        )}
        {isFree && (
          <Button
            size="small"
            onClick={onAdopt}
            aria-label={`Adopt the data of ${name}`}
            icon={<Plus aria-hidden className="size-4" />}
          >
            Adopt
          </Button>
        )}
        {isFree && (
          <Button size="small" kind="dangerPlain" onClick={onErase} aria-label={`Erase now: ${name}`}>
            Erase now
          </Button>
        )}
        {volume.state === "erased" && (
          <Button size="small" onClick={onReceipt} aria-label={`Receipt for ${name}`}>
            Receipt
          </Button>
        )}
      </div>
    </li>
  );
}

function Meaning({ volume }: { volume: Volume }) {
  if (volume.heldBecause !== null) {
    return <>Kept past its deadline. {volume.heldBecause} Restore, adopt or erase it.</>;
  }
  if (volume.missingSince !== null) {
    return (
      <>
        {volume.missingParts ? `A part of it (${volume.missingParts.map((part) => `/${part}`).join(", ")})` : "It"} has
        been missing from the backend since {formatDateTime(volume.missingSince)}. Restore it there under the same name.
        Until then, the workspace cannot start and nothing is erased.
      </>
    );
  }
  switch (volume.state) {
    case "attached":
      return <>In use by its workspace.</>;
    case "quarantined":
      return volume.returnedAt ? (
        <>
          Erased, but found on the backend again at {formatDateTime(volume.returnedAt)}, for example after a backup was
          restored. Erase it again, or adopt it.
        </>
      ) : (
        <>Found on the backend, but no workspace uses it. It is kept until you adopt or erase it.</>
      );
    case "erasing":
      return <EraseProgress volume={volume} />;
    case "erased":
      return <>Erased, with a receipt.</>;
    case "retained":
      return volume.retainedUntil ? <Countdown until={volume.retainedUntil} /> : <>Kept until you decide.</>;
  }
}

const Measured = ({ at }: { at: string }) => <> · measured {formatAgo(at, useServerNow())}</>;

/** One archive per root. Without a running machine, a browse instance has to start first. */
function DownloadMenu({ volume }: { volume: Volume }) {
  const [isBusy, setIsBusy] = useState(false);
  const download = async (root: VolumeRoot) => {
    setIsBusy(true);
    await downloadVolume(volume.id, root);
    setIsBusy(false);
  };
  return (
    <Menu
      label={`Download the data of ${volumeName(volume)}`}
      trigger={
        <Button
          size="small"
          isBusy={isBusy}
          aria-label={`Download the data of ${volumeName(volume)}`}
          icon={<Download aria-hidden className="size-4" />}
        >
          Download
        </Button>
      }
    >
      {VOLUME_ROOTS.map((root) => (
        <MenuItem key={root} onSelect={() => void download(root)}>
          /{root} as zip
        </MenuItem>
      ))}
    </Menu>
  );
}

function Countdown({ until }: { until: string }) {
  const left = Date.parse(until) - useServerNow();
  if (left <= 0) return <>The grace time has ended. It will be erased next.</>;
  return (
    <>
      Erased in <span className="tabular-nums">{formatDuration(left)}</span>, on {formatDateTime(until)}.
    </>
  );
}

const OpenButton = ({ workspaceId, name }: { workspaceId: string; name: string }) => (
  <Button
    size="small"
    aria-label={`Open workspace ${name}`}
    onClick={() => navigate((state) => openWorkspace(state, workspaceId))}
  >
    Open workspace
  </Button>
);

/** Offered only when the workspace itself can be restored: a live workspace may have left this volume behind. */
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
        onSuccess: () => notifyDone(`Restoring ${workspace.name}.`),
        onError: (error) =>
          promptForName(error, workspace.id) || notifyError(error, `Could not restore ${workspace.name}.`),
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
