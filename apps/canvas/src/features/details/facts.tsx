"use client";

import { type DataState, RUNTIMES, type Workspace } from "@berth/domain";
import type { ReactNode } from "react";
import { useSnapshot } from "#features/workspaces/index.ts";
import { useServerNow } from "#shared/clock/clock-store.ts";
import { formatAgo, formatBytes, formatDateTime, formatDuration } from "#shared/text/format.ts";
import { CopyButton } from "#shared/ui/copy-button.tsx";
import { openWorkspace } from "#shared/url/url-state.ts";
import { navigate } from "#shared/url/use-url-state.ts";
import { BACKEND_NAMES } from "#shared/workspace/backend-names.ts";
import { persistenceTitle } from "#shared/workspace/persistence-text.ts";
import { tierLabel } from "#shared/workspace/tier-label.ts";

const DATA_STATES: Record<DataState, string> = {
  intact: "Intact",
  missing: "Missing: the backend no longer has the volume",
  unknown: "Unknown: the backend has not reported the volume yet, or does not respond",
  none: "No data kept",
};

export function Facts({ workspace }: { workspace: Workspace }) {
  const { volume, compute } = workspace;
  return (
    <dl className="grid grid-cols-[7.5rem_1fr] items-baseline gap-x-3 gap-y-2">
      <Fact name="ID">
        <span className="flex items-center gap-1">
          <code className="min-w-0 truncate font-mono text-[13px]">{workspace.id}</code>
          <CopyButton text={workspace.id} label="Copy ID" />
        </span>
      </Fact>
      <Fact name="Machine">
        {BACKEND_NAMES[workspace.backend]}, {compute.instanceType ?? tierLabel(workspace.tier).replace("Tier", "tier")},
        generation {workspace.generation}
      </Fact>
      <Fact name="Runtime">
        {workspace.runtime in RUNTIMES ? RUNTIMES[workspace.runtime as keyof typeof RUNTIMES].title : workspace.runtime}
        , model {workspace.model}
      </Fact>
      <Fact name="Saved data">
        <strong className="font-medium">{persistenceTitle(compute.dataPersistence)}.</strong>{" "}
        {workspace.effectivePersistence.why}
      </Fact>
      <Fact name="Data state">{DATA_STATES[workspace.dataState]}</Fact>
      {volume && (
        <Fact name="Volume">
          {volume.sizeBytes === null ? "Not measured yet" : formatBytes(volume.sizeBytes)}
          {volume.measuredAt && (
            <span className="text-ink-faint">
              , measured <Ago at={volume.measuredAt} />
            </span>
          )}
          <span className="flex items-center gap-1 text-ink-faint">
            <code className="min-w-0 truncate font-mono text-[13px]">{volume.id}</code>
            <CopyButton text={volume.id} label="Copy volume ID" />
          </span>
        </Fact>
      )}
      {workspace.parentId && (
        <Fact name="Team">
          <TeamLink parentId={workspace.parentId} />
        </Fact>
      )}
      <Fact name="Last seen">{workspace.lastHeartbeatAt ? <Ago at={workspace.lastHeartbeatAt} /> : "Never"}</Fact>
      <Fact name="Created">{formatDateTime(workspace.createdAt)}</Fact>
      {workspace.deletedAt && <Fact name="Deleted">{formatDateTime(workspace.deletedAt)}</Fact>}
      {workspace.retainedUntil && (
        <Fact name="Data expires">
          <Countdown until={workspace.retainedUntil} />
        </Fact>
      )}
    </dl>
  );
}

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <>
    <dt className="text-[13px] text-ink-faint">{name}</dt>
    <dd className="min-w-0 break-words">{children}</dd>
  </>
);

const Ago = ({ at }: { at: string }) => <time dateTime={at}>{formatAgo(at, useServerNow())}</time>;

const Countdown = ({ until }: { until: string }) => <>in {formatDuration(Date.parse(until) - useServerNow())}</>;

function TeamLink({ parentId }: { parentId: string }) {
  const parent = useSnapshot().data?.nodes.find((node) => node.id === parentId);
  if (!parent) return <>Parent no longer exists</>;
  return (
    <button
      type="button"
      className="text-left text-accent underline underline-offset-2"
      onClick={() => navigate((state) => openWorkspace(state, parentId))}
    >
      {parent.name}
    </button>
  );
}
