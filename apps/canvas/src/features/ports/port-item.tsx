"use client";

import type { PortShare, WorkspacePort } from "@berth/domain";
import { ExternalLink, Share2 } from "lucide-react";
import { useId, useState } from "react";
import { formatDateTime } from "#shared/text/format.ts";
import { BUTTON_BASE, BUTTON_KINDS, Button } from "#shared/ui/button.tsx";
import { CopyButton } from "#shared/ui/copy-button.tsx";
import { cx } from "#shared/ui/cx.ts";
import { CONTROL } from "#shared/ui/field.tsx";
import { notifyError } from "#shared/ui/notify.tsx";
import { useRevokeShare, useSharePort } from "./queries.ts";

const EXPIRIES = [
  { seconds: 3600, label: "1 hour" },
  { seconds: 86_400, label: "1 day" },
  { seconds: 7 * 86_400, label: "7 days" },
  { seconds: 30 * 86_400, label: "30 days" },
] as const;

export function PortItem({ workspaceId, item }: { workspaceId: string; item: WorkspacePort }) {
  const { port, address, process, previewUrl, shares } = item;
  return (
    <li aria-label={`Port ${port}`} className="grid grid-cols-1 gap-2 rounded-lg border border-line p-3">
      <div className="flex flex-wrap items-center gap-2">
        <div className="min-w-0 flex-1">
          <span className="font-semibold">{port}</span>{" "}
          <span className="text-[13px] text-ink-soft">
            {address === null ? "nothing listens" : `${process ?? "unknown program"} on ${address}`}
          </span>
        </div>
        {previewUrl !== null && address !== null && (
          <a
            // Berth hands this browser over to the preview, which has a separate origin.
            href={`/preview/${workspaceId}/${port}`}
            target="_blank"
            rel="noopener noreferrer"
            aria-label={`Open port ${port} in a new tab`}
            className={cx(BUTTON_BASE, BUTTON_KINDS.plain, "h-8 px-2.5 text-[13px]")}
          >
            <ExternalLink aria-hidden className="size-3.5" />
            Open
          </a>
        )}
        {previewUrl !== null && <CopyButton text={previewUrl} label={`Copy the address of port ${port}`} />}
      </div>
      {previewUrl !== null && <ShareForm workspaceId={workspaceId} port={port} />}
      {shares.length > 0 && (
        <ul aria-label={`Links to port ${port}`} className="grid grid-cols-1 gap-1 border-t border-line pt-2">
          {shares.map((share) => (
            <ShareItem key={share.id} share={share} />
          ))}
        </ul>
      )}
    </li>
  );
}

/** Anyone with the link can open the port, so its end is chosen first. */
function ShareForm({ workspaceId, port }: { workspaceId: string; port: number }) {
  const id = useId();
  const share = useSharePort();
  const [seconds, setSeconds] = useState<number>(EXPIRIES[0].seconds);
  return (
    <div className="flex flex-wrap items-center gap-2 text-[13px]">
      <label htmlFor={id} className="text-ink-soft">
        Link that expires after
      </label>
      <select id={id} value={seconds} onChange={({ target }) => setSeconds(Number(target.value))} className={CONTROL}>
        {EXPIRIES.map((expiry) => (
          <option key={expiry.seconds} value={expiry.seconds}>
            {expiry.label}
          </option>
        ))}
      </select>
      <Button
        size="small"
        icon={<Share2 aria-hidden className="size-3.5" />}
        isBusy={share.isPending}
        onClick={() =>
          share.mutate(
            { workspaceId, port, expiresInSeconds: seconds },
            { onError: (error) => notifyError(error, "The port was not shared.") },
          )
        }
      >
        Share
      </Button>
    </div>
  );
}

function ShareItem({ share }: { share: PortShare }) {
  const revoke = useRevokeShare();
  return (
    <li className="flex flex-wrap items-center gap-2 text-[13px]">
      <span className="min-w-0 flex-1 text-ink-soft">
        Anyone with the link, until <time dateTime={share.expiresAt}>{formatDateTime(share.expiresAt)}</time>
      </span>
      <CopyButton text={share.url} label="Copy link" />
      <Button
        size="small"
        kind="dangerPlain"
        isBusy={revoke.isPending}
        onClick={() =>
          revoke.mutate(
            { id: share.id },
            { onError: (error) => notifyError(error, "The link still works: it was not revoked.") },
          )
        }
      >
        Stop sharing
      </Button>
    </li>
  );
}
