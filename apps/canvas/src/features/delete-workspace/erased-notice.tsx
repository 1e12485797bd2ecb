"use client";

import { useQueries } from "@tanstack/react-query";
import { useTRPC } from "#shared/api/trpc.tsx";
import { openDialog } from "#shared/dialogs/dialog-store.ts";
import { Button } from "#shared/ui/button.tsx";
import { navigate } from "#shared/url/use-url-state.ts";

interface ErasedNoticeProps {
  erased: readonly { volumeId: string; workspaceName: string }[];
  onDone: () => void;
}

/** Waits for the second check that proves the erase, then offers the receipt. */
export function ErasedNotice({ erased, onDone }: ErasedNoticeProps) {
  const trpc = useTRPC();
  const volumes = useQueries({
    queries: erased.map(({ volumeId }) => trpc.volumes.get.queryOptions({ id: volumeId })),
  });
  const isProved = volumes.every(({ data }) => data?.state === "erased");
  const [only] = erased;

  const show = () => {
    if (erased.length === 1 && only) {
      openDialog({ kind: "receipt", volume: { id: only.volumeId, workspaceName: only.workspaceName } });
    } else navigate((state) => ({ ...state, view: "saved" }));
    onDone();
  };

  return (
    <span className="mt-1 flex flex-wrap items-center gap-2">
      <span className="text-ink-soft">
        {erased.length === 1 ? "Its data" : `The data of all ${erased.length}`}
        {isProved ? " is erased. The receipt is ready." : " is being erased…"}
      </span>
      {isProved && (
        <Button size="small" onClick={show}>
          {erased.length === 1 ? "Show receipt" : "Show receipts"}
        </Button>
      )}
    </span>
  );
}
