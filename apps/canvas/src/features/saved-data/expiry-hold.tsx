import { PauseCircle } from "lucide-react";
import { useActor } from "#shared/session/actor.tsx";
import { Button } from "#shared/ui/button.tsx";
import { ErrorNotice } from "#shared/ui/error-notice.tsx";
import { useConfirmRetention, useRetention } from "./queries.ts";

/** Explains why expiry is on hold, and lets the owner resume it. */
export function ExpiryHold() {
  const hold = useRetention().data?.hold;
  const confirm = useConfirmRetention();
  const isOwner = useActor().kind === "owner";
  if (!hold) return null;
  const hoursLeft = Math.max(1, Math.ceil((hold.waitSecondsMax - hold.waitedSeconds) / 3600));
  return (
    <section aria-label="Expiry on hold" className="mb-4 rounded-lg border border-warn/40 bg-warn-soft p-3">
      <p className="flex items-center gap-2 font-medium">
        <PauseCircle aria-hidden className="size-4" /> Expiry is on hold
      </p>
      <p className="my-2 text-ink-soft">
        {hold.because} No saved data is erased at its deadline. The hold ends after Berth has been up for {hoursLeft}{" "}
        more {hoursLeft === 1 ? "hour" : "hours"}, or when the owner resumes expiry.
      </p>
      {isOwner && (
        <Button size="small" isBusy={confirm.isPending} onClick={() => confirm.mutate({ since: hold.since })}>
          Resume expiry
        </Button>
      )}
      {confirm.error && <ErrorNotice error={confirm.error} className="mt-2" />}
    </section>
  );
}
