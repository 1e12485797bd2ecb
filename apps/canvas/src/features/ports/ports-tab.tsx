"use client";

import { isLive, type Workspace } from "@berth/domain";
import { Network } from "lucide-react";
import { EmptyState } from "#shared/ui/empty-state.tsx";
import { ErrorNotice } from "#shared/ui/error-notice.tsx";
import { SkeletonLines } from "#shared/ui/skeleton.tsx";
import { useUrlPart } from "#shared/url/use-url-state.ts";
import { PortItem } from "./port-item.tsx";
import { usePorts } from "./queries.ts";

/** What listens in the workspace, with its preview and its share links. */
export function PortsTab({ workspace }: { workspace: Workspace }) {
  const isShown = useUrlPart((state) => state.tab === "ports");
  const isRunning = isLive(workspace.status);
  const ports = usePorts(workspace.id, { isRunning, isShown });

  if (!isRunning) {
    return (
      <EmptyState icon={<Network aria-hidden />} title="The workspace is not running">
        Start it to see the ports that its servers listen on.
      </EmptyState>
    );
  }
  if (ports.isPending) {
    return (
      <div className="p-4">
        <SkeletonLines lines={4} label="Loading ports" />
      </div>
    );
  }
  if (ports.error) {
    return (
      <ErrorNotice
        className="m-4"
        error={ports.error}
        onRetry={() => void ports.refetch()}
        isRetrying={ports.isFetching}
      />
    );
  }
  const { items } = ports.data;
  if (items.length === 0) {
    return (
      <EmptyState icon={<Network aria-hidden />} title="No open ports">
        Start a server in the workspace, for example in the terminal:
        <code className="mt-2 block rounded bg-sunken px-2 py-1 text-[13px]">python3 -m http.server 8000</code>
      </EmptyState>
    );
  }
  return (
    <div className="grid grid-cols-1 gap-3 p-4">
      {items.some(({ previewUrl }) => previewUrl === null) && (
        <p className="text-ink-soft">
          Previews have no address on this server. To open ports in a browser, set <code>BERTH_PREVIEW_DOMAIN</code>.
        </p>
      )}
      <ul aria-label="Ports" className="grid grid-cols-1 gap-2">
        {items.map((item) => (
          <PortItem key={item.port} workspaceId={workspace.id} item={item} />
        ))}
      </ul>
    </div>
  );
}
