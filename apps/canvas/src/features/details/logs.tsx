"use client";

import { isLive, type Workspace, type WorkspaceStatus } from "@berth/domain";
import { Download, RefreshCw } from "lucide-react";
import { useRef, useState } from "react";
import { problemOf } from "#shared/api/problem.ts";
import { usePendingCommand } from "#shared/commands/pending-command.ts";
import { useKept } from "#shared/storage/use-kept.ts";
import { Button } from "#shared/ui/button.tsx";
import { CopyButton } from "#shared/ui/copy-button.tsx";
import { ErrorNotice } from "#shared/ui/error-notice.tsx";
import { IconButton } from "#shared/ui/icon-button.tsx";
import { SkeletonLines } from "#shared/ui/skeleton.tsx";
import { useUrlPart } from "#shared/url/use-url-state.ts";
import { bootLogCommand } from "#shared/workspace/log-command.ts";
import { LogText } from "./log-text.tsx";
import { type LogKind, useLog } from "./queries.ts";

const KINDS = ["boot", "agent"] as const;
const NAMES: Record<LogKind, string> = { boot: "Boot log", agent: "Agent log" };
/** The backend's own name for the machine, so that people find it there. */
const SOURCES = {
  container_log: "the container’s log",
  console_output: "EC2 console output",
  process_log: "the process’s output",
} as const;
const EMPTY: Record<LogKind, string> = {
  boot: "No output yet.",
  agent: "No agent output, or no agent runs in this workspace.",
};

/** Loaded on demand: most visits to a workspace need no log. */
export function Logs({ workspace }: { workspace: Workspace }) {
  const [kind, setKind] = useKept<LogKind | null>(`log:${workspace.id}`, KINDS, null);
  const place = useRef<HTMLDivElement>(null);
  const showBoot = () => {
    setKind("boot");
    place.current?.scrollIntoView({ block: "nearest" });
  };
  usePendingCommand(bootLogCommand, showBoot, ({ workspaceId }) => workspaceId === workspace.id);

  return (
    <div ref={place} className="scroll-my-4">
      <div className="flex gap-2">
        {KINDS.map((one) => (
          <Button
            key={one}
            size="small"
            aria-expanded={kind === one}
            onClick={() => setKind(kind === one ? null : one)}
          >
            {kind === one ? `Hide ${NAMES[one].toLowerCase()}` : NAMES[one]}
          </Button>
        ))}
      </div>
      {kind && <LogView key={`${kind} ${workspace.generation}`} workspace={workspace} kind={kind} />}
    </div>
  );
}

function LogView({ workspace, kind }: { workspace: Workspace; kind: LogKind }) {
  const [isFollowed, setIsFollowed] = useState(true);
  const isShown = useUrlPart((state) => state.tab === "details");
  const isThere = hasLog(kind, workspace.status);
  const isGrowing = isLive(workspace.status) || workspace.status === "provisioning";
  const log = useLog(workspace, kind, { isThere, isFollowed: isFollowed && isShown && isGrowing });
  const text = log.data?.text ?? "";
  return (
    <div className="mt-2 rounded-lg border border-line">
      <div className="flex items-center gap-1 border-b border-line py-1 pr-1 pl-3">
        <h4 className="min-w-0 flex-1 truncate text-[13px] font-medium">
          {NAMES[kind]}
          {log.data?.source && <span className="font-normal text-ink-faint">: {SOURCES[log.data.source]}</span>}
          {log.data?.truncated && <span className="font-normal text-ink-faint"> (last part)</span>}
        </h4>
        {isGrowing && isThere && (
          <label className="flex cursor-pointer items-center gap-1.5 px-1 text-[13px]">
            <input
              type="checkbox"
              checked={isFollowed}
              onChange={(event) => setIsFollowed(event.target.checked)}
              className="size-4 accent-(--accent)"
            />
            Follow
          </label>
        )}
        <IconButton label="Refresh" onClick={() => void log.refetch()}>
          <RefreshCw aria-hidden />
        </IconButton>
        <CopyButton text={text} label="Copy log" />
        <IconButton
          label="Download log"
          onClick={() => download(text, `${workspace.name} ${NAMES[kind].toLowerCase()}.txt`)}
        >
          <Download aria-hidden />
        </IconButton>
      </div>
      {!isThere || hasNoMachine(log.error) ? (
        <p className="p-3 text-ink-soft">No machine is running, so there is no log.</p>
      ) : log.error ? (
        <ErrorNotice className="m-2" error={log.error} onRetry={() => void log.refetch()} isRetrying={log.isFetching} />
      ) : log.isPending ? (
        <div className="p-3">
          <SkeletonLines lines={6} label={`Loading ${NAMES[kind].toLowerCase()}`} />
        </div>
      ) : text === "" ? (
        <p className="p-3 text-ink-soft">
          {EMPTY[kind]}
          {log.data.source === "console_output" && " EC2 can delay it by a few minutes."}
        </p>
      ) : (
        <LogText text={text} label={NAMES[kind]} isFollowed={isFollowed} />
      )}
    </div>
  );
}

/** A log belongs to a machine, and the agent's log comes from its daemon: without one there is nothing to query. */
const hasLog = (kind: LogKind, status: WorkspaceStatus): boolean =>
  isLive(status) ||
  (kind === "boot" &&
    (status === "provisioning" || status === "failed" || status === "paused" || status === "pausing"));

const hasNoMachine = (error: unknown): boolean =>
  ["not_found", "workspace_not_running"].includes(problemOf(error)?.code ?? "");

function download(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
