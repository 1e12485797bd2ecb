"use client";

import { describeHours, type Volume } from "@berth/domain";
import { Archive } from "lucide-react";
import { useState } from "react";
import { useSystem } from "#features/workspaces/index.ts";
import { count, formatBytes } from "#shared/text/format.ts";
import { Button } from "#shared/ui/button.tsx";
import { EmptyState } from "#shared/ui/empty-state.tsx";
import { ErrorNotice } from "#shared/ui/error-notice.tsx";
import { SkeletonLines } from "#shared/ui/skeleton.tsx";
import { ViewHeader } from "#shared/ui/view-header.tsx";
import { useUrlPart } from "#shared/url/use-url-state.ts";
import { AdoptDialog } from "./adopt-dialog.tsx";
import { EraseDialog } from "./erase-dialog.tsx";
import { ExpiryHold } from "./expiry-hold.tsx";
import { useVolumes } from "./queries.ts";
import { ReceiptDialog } from "./receipt-dialog.tsx";
import { SavedFilters, showAllVolumes } from "./saved-filters.tsx";
import { filterVolumes } from "./volume-filter.ts";
import { orderVolumes } from "./volume-order.ts";
import { VolumeRow } from "./volume-row.tsx";

type Asked = { kind: "adopt" | "erase" | "receipt"; volume: Volume } | null;

/** All volumes, present and past: what is kept, for how long, and the proof of what was erased. */
export function SavedDataView() {
  const volumes = useVolumes();
  const system = useSystem().data;
  const graceHours = system?.graceHours;
  const saved = useUrlPart((state) => state.saved);
  const [asked, setAsked] = useState<Asked>(null);
  const all = volumes.data ?? [];
  const shown = orderVolumes(filterVolumes(all, saved));
  const canDownload = ({ state, backend }: Volume) =>
    state === "attached" || system?.backends.find(({ kind }) => kind === backend)?.capabilities.browseStopped === true;
  const close = () => setAsked(null);

  return (
    <div className="flex h-full flex-col">
      <ViewHeader title="Saved data" note={volumes.data && summary(volumes.data)} />
      {all.length > 0 && <SavedFilters volumes={all} saved={saved} />}
      <div className="min-h-0 flex-1 overflow-auto p-4">
        <ExpiryHold />
        {volumes.error ? (
          <ErrorNotice error={volumes.error} onRetry={() => void volumes.refetch()} isRetrying={volumes.isFetching} />
        ) : volumes.isPending ? (
          <SkeletonLines lines={8} label="Loading saved data" />
        ) : all.length === 0 ? (
          <EmptyState icon={<Archive aria-hidden />} title="No saved data">
            Each workspace that keeps data has a volume here. After a delete, the volume is kept
            {graceHours === undefined ? " for a while" : ` for ${describeHours(graceHours)}`} or until you decide, and
            can be restored. Erased volumes leave a receipt.
          </EmptyState>
        ) : shown.length === 0 ? (
          <div>
            <p className="mb-2 text-ink-soft">No saved data matches these filters.</p>
            <Button size="small" onClick={showAllVolumes}>
              Show all {count(all.length, "volume")}
            </Button>
          </div>
        ) : (
          <ul className="grid grid-cols-1 gap-2">
            {shown.map((volume) => (
              <VolumeRow
                key={volume.id}
                volume={volume}
                canDownload={canDownload(volume)}
                onAdopt={() => setAsked({ kind: "adopt", volume })}
                onErase={() => setAsked({ kind: "erase", volume })}
                onReceipt={() => setAsked({ kind: "receipt", volume })}
              />
            ))}
          </ul>
        )}
      </div>
      {asked?.kind === "adopt" && <AdoptDialog volume={asked.volume} graceHours={graceHours ?? 72} onClose={close} />}
      {asked?.kind === "erase" && <EraseDialog volume={asked.volume} onClose={close} />}
      {asked?.kind === "receipt" && <ReceiptDialog volume={asked.volume} onClose={close} />}
    </div>
  );
}

function summary(volumes: readonly Volume[]): string {
  const kept = volumes.filter((volume) => volume.state !== "erased");
  const sizes = kept.flatMap(({ sizeBytes }) => sizeBytes ?? []);
  const bytes = formatBytes(sizes.reduce((sum, size) => sum + size, 0));
  const size = sizes.length === kept.length ? bytes : sizes.length > 0 ? `${bytes} or more` : null;
  const receipts = volumes.length - kept.length;
  return [count(kept.length, "volume"), size, receipts > 0 ? count(receipts, "receipt") : null]
    .filter((part) => part !== null)
    .join(", ");
}
