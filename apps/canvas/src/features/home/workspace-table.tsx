"use client";

import type { Workspace } from "@berth/domain";
import { useServerNow } from "#shared/clock/server-clock.ts";
import { formatAgo, formatBytes } from "#shared/text/format.ts";
import { formatUrlState, openWorkspace } from "#shared/url/url-state.ts";
import { navigate, useUrlState } from "#shared/url/use-url-state.ts";
import { BACKEND_NAMES } from "#shared/workspace/backend-names.ts";
import { persistenceTitle } from "#shared/workspace/persistence-text.ts";
import { StatusBadge } from "#shared/workspace/status-badge.tsx";

const HEAD = "px-3 py-2 text-left whitespace-nowrap text-[13px] font-medium text-ink-faint";
const CELL = "px-3 py-2 align-middle whitespace-nowrap";

export const WorkspaceTable = ({ workspaces }: { workspaces: readonly Workspace[] }) => (
  <div className="overflow-x-auto rounded-lg border border-line bg-surface">
    <table className="w-full border-collapse">
      <thead className="border-b border-line">
        <tr>
          <th scope="col" className={HEAD}>
            Name
          </th>
          <th scope="col" className={HEAD}>
            Status
          </th>
          <th scope="col" className={`${HEAD} max-sm:hidden`}>
            Backend
          </th>
          <th scope="col" className={`${HEAD} max-md:hidden`}>
            Saved data
          </th>
          <th scope="col" className={`${HEAD} text-right max-sm:hidden`}>
            Size
          </th>
          <th scope="col" className={`${HEAD} max-xl:hidden`}>
            Last sign of life
          </th>
        </tr>
      </thead>
      <tbody className="divide-y divide-line">
        {workspaces.map((workspace) => (
          <Row key={workspace.id} workspace={workspace} />
        ))}
      </tbody>
    </table>
  </div>
);

function Row({ workspace }: { workspace: Workspace }) {
  const { id, name, role, status, backend, volume, compute, lastHeartbeatAt } = workspace;
  const state = useUrlState();
  return (
    <tr
      className="hover:bg-ink/4 aria-[current=true]:bg-accent-soft"
      aria-current={state.workspaceId === id || undefined}
    >
      <td className={`${CELL} w-full max-w-0`}>
        <a
          href={formatUrlState(openWorkspace(state, id)) || "/"}
          onClick={(event) => {
            if (event.metaKey || event.ctrlKey || event.shiftKey) return;
            event.preventDefault();
            navigate((now) => openWorkspace(now, id));
          }}
          className="block truncate font-medium text-accent hover:underline"
        >
          {name}
        </a>
        {role && <span className="block truncate text-[13px] text-ink-faint">{role}</span>}
      </td>
      <td className={CELL}>
        <StatusBadge status={status} />
      </td>
      <td className={`${CELL} max-sm:hidden`}>{BACKEND_NAMES[backend]}</td>
      <td className={`${CELL} max-md:hidden`}>{persistenceTitle(compute.dataPersistence)}</td>
      <td className={`${CELL} text-right tabular-nums max-sm:hidden`}>{sizeOf(volume)}</td>
      <td className={`${CELL} text-ink-soft max-xl:hidden`}>
        {lastHeartbeatAt ? <Ago at={lastHeartbeatAt} /> : "None yet"}
      </td>
    </tr>
  );
}

const sizeOf = (volume: Workspace["volume"]): string =>
  volume === null ? "None kept" : volume.sizeBytes === null ? "Not measured" : formatBytes(volume.sizeBytes);

const Ago = ({ at }: { at: string }) => <time dateTime={at}>{formatAgo(at, useServerNow())}</time>;
