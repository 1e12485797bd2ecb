"use client";

import type { Token } from "@berth/domain";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { useSnapshot } from "#features/workspaces/index.ts";
import { useServerNow } from "#shared/clock/clock-store.ts";
import { useActor } from "#shared/session/actor.tsx";
import { formatAgo, formatDateTime } from "#shared/text/format.ts";
import { Button } from "#shared/ui/button.tsx";
import { ConfirmDialog } from "#shared/ui/confirm-dialog.tsx";
import { ErrorNotice } from "#shared/ui/error-notice.tsx";
import { notifyDone, notifyError } from "#shared/ui/notify.tsx";
import { SkeletonLines } from "#shared/ui/skeleton.tsx";
import { CreateTokenDialog } from "./create-token-dialog.tsx";
import { useRevokeToken, useTokens } from "./queries.ts";
import { Section } from "./section.tsx";

/** Lists tokens. Only the owner may; others see an explanation instead of an error. */
export function Tokens() {
  const isOwner = useActor().kind === "owner";
  const tokens = useTokens(isOwner);
  const [isCreating, setIsCreating] = useState(false);
  const [revoking, setRevoking] = useState<Token | null>(null);
  const live = tokens.data?.filter((token) => token.revokedAt === null) ?? [];

  if (!isOwner) {
    return (
      <Section title="Tokens" text="Only the owner can manage tokens. Sign in with the owner’s link to see them." />
    );
  }
  return (
    <Section
      title="Tokens"
      text="For agents and scripts. An org token can access everything except tokens. A workspace token can access the files and logs of one workspace."
      action={
        <Button size="small" icon={<Plus aria-hidden className="size-3.5" />} onClick={() => setIsCreating(true)}>
          New token
        </Button>
      }
    >
      {tokens.error ? (
        <ErrorNotice error={tokens.error} onRetry={() => void tokens.refetch()} isRetrying={tokens.isFetching} />
      ) : tokens.isPending ? (
        <SkeletonLines lines={3} label="Loading tokens" />
      ) : live.length === 0 ? (
        <p className="text-ink-soft">
          No tokens yet. Create one for each agent or script, so that you can revoke each separately.
        </p>
      ) : (
        <ul className="divide-y divide-line rounded-md border border-line">
          {live.map((token) => (
            <TokenRow key={token.id} token={token} onRevoke={() => setRevoking(token)} />
          ))}
        </ul>
      )}
      {isCreating && <CreateTokenDialog onClose={() => setIsCreating(false)} />}
      {revoking && <RevokeDialog token={revoking} onClose={() => setRevoking(null)} />}
    </Section>
  );
}

function TokenRow({ token, onRevoke }: { token: Token; onRevoke: () => void }) {
  const workspace = useSnapshot().data?.nodes.find((node) => node.id === token.workspaceId);
  const now = useServerNow();
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 px-3 py-2">
      <KeyRound aria-hidden className="size-4 shrink-0 text-ink-faint" />
      <div className="min-w-0 flex-1 basis-48">
        <p className="truncate font-medium">{token.name}</p>
        <p className="text-[13px] text-ink-soft">
          {token.kind === "org" ? "Org" : `Workspace: ${workspace?.name ?? "deleted"}`} · created{" "}
          {formatDateTime(token.createdAt)} ·{" "}
          {token.lastUsedAt ? `used ${formatAgo(token.lastUsedAt, now)}` : "never used"}
        </p>
      </div>
      <Button size="small" kind="dangerPlain" aria-label={`Revoke ${token.name}`} onClick={onRevoke}>
        Revoke
      </Button>
    </li>
  );
}

function RevokeDialog({ token, onClose }: { token: Token; onClose: () => void }) {
  const revoke = useRevokeToken();
  const confirm = () =>
    revoke.mutate(
      { id: token.id },
      {
        onSuccess: () => {
          onClose();
          notifyDone(`${token.name} revoked.`);
        },
        onError: (error) => notifyError(error, `Could not revoke ${token.name}.`),
      },
    );
  return (
    <ConfirmDialog
      isOpen
      title={`Revoke ${token.name}?`}
      confirmLabel="Revoke"
      isDangerous
      isBusy={revoke.isPending}
      onConfirm={confirm}
      onClose={onClose}
    >
      Its next request is rejected. A revoked token cannot be restored, but you can create a new one.
    </ConfirmDialog>
  );
}
