"use client";

import type { EraseReason, Volume } from "@berth/domain";
import { Check, Minus } from "lucide-react";
import { type ReactNode, useRef } from "react";
import { formatDateTime } from "#shared/text/format.ts";
import { Button } from "#shared/ui/button.tsx";
import { CopyButton } from "#shared/ui/copy-button.tsx";
import { Dialog } from "#shared/ui/dialog.tsx";
import { ErrorNotice } from "#shared/ui/error-notice.tsx";
import { SkeletonLines } from "#shared/ui/skeleton.tsx";
import { askedBy } from "./asked-by.ts";
import { useReceipt } from "./queries.ts";

const REASONS: Record<EraseReason, string> = {
  delete_with_erase: "The workspace was deleted with its data",
  erase_now: "Erased from Saved data",
  retention_expired: "The grace time after the delete ended",
};

/** The proof of an erase, and its scope. */
export function ReceiptDialog({
  volume,
  onClose,
}: {
  volume: Pick<Volume, "id" | "workspaceName">;
  onClose: () => void;
}) {
  const receipt = useReceipt(volume.id);
  const close = useRef<HTMLButtonElement>(null);
  const { data } = receipt;
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`Erase receipt for ${volume.workspaceName}`}
      initialFocus={close}
      footer={
        <>
          {data && <CopyButton text={JSON.stringify(data, null, 2)} label="Copy receipt" />}
          <Button ref={close} onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      {receipt.error ? (
        <ErrorNotice error={receipt.error} onRetry={() => void receipt.refetch()} isRetrying={receipt.isFetching} />
      ) : !data ? (
        <SkeletonLines lines={6} label="Loading receipt" />
      ) : (
        <dl className="grid grid-cols-[7.5rem_1fr] gap-x-3 gap-y-2 pb-2">
          <Fact name="Reason">{REASONS[data.reason]}</Fact>
          <Fact name="Requested by">
            {askedBy(data)}, {formatDateTime(data.requestedAt)}
          </Fact>
          <Fact name="Erased">{formatDateTime(data.erasedAt)}</Fact>
          <Fact name="Verified">
            {formatDateTime(data.verifiedAt)}
            <code className="mt-1 block rounded-md bg-sunken px-2 py-1 font-mono text-[13px] break-words">
              {data.verification}
            </code>
          </Fact>
          <Fact name="Covered">
            <Items items={data.covered} icon={<Check aria-hidden className="mt-0.5 size-4 shrink-0 text-ok" />} />
          </Fact>
          <Fact name="Not covered">
            <Items
              items={data.notCovered}
              icon={<Minus aria-hidden className="mt-0.5 size-4 shrink-0 text-ink-faint" />}
            />
          </Fact>
          <Fact name="Volume">
            <code className="font-mono text-[13px] break-all">{data.volumeId}</code>
          </Fact>
        </dl>
      )}
    </Dialog>
  );
}

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <>
    <dt className="text-[13px] text-ink-faint">{name}</dt>
    <dd className="min-w-0 break-words">{children}</dd>
  </>
);

const Items = ({ items, icon }: { items: readonly string[]; icon: ReactNode }) => (
  <ul className="grid gap-1">
    {items.map((item) => (
      <li key={item} className="flex gap-1.5">
        {icon}
        {item}
      </li>
    ))}
  </ul>
);
