"use client";

import { Bell, CircleCheck, CircleX, TriangleAlert } from "lucide-react";
import { useEffect } from "react";
import { useSnapshot } from "#features/workspaces/index.ts";
import { useServerNow } from "#shared/clock/clock-store.ts";
import { OPERATION_NAMES } from "#shared/operations/operation-text.ts";
import { formatAgo, formatDuration } from "#shared/text/format.ts";
import { Button } from "#shared/ui/button.tsx";
import { Dialog } from "#shared/ui/dialog.tsx";
import { EmptyState } from "#shared/ui/empty-state.tsx";
import { openWorkspace } from "#shared/url/url-state.ts";
import { navigate } from "#shared/url/use-url-state.ts";
import { statusStyle } from "#shared/workspace/status.ts";
import { clearNotices, markRead, useNotices } from "./notice-store.ts";
import type { Notice } from "./notices.ts";

/** Failures and finished long work of this session, newest first, each with a link to its workspace. */
export function NotificationsDialog({ onClose }: { onClose: () => void }) {
  const notices = useNotices();
  useEffect(() => {
    if (notices.length > 0) markRead();
  }, [notices]);

  return (
    <Dialog
      isOpen
      onClose={onClose}
      title="Notifications"
      footer={
        notices.length > 0 && (
          <Button size="small" onClick={clearNotices}>
            Clear all
          </Button>
        )
      }
    >
      {notices.length === 0 ? (
        <EmptyState icon={<Bell aria-hidden />} title="No notifications">
          Failures and long operations appear here while this page is open.
        </EmptyState>
      ) : (
        <ul className="divide-y divide-line pb-2">
          {notices.map((notice) => (
            <NoticeRow key={notice.id} notice={notice} onClose={onClose} />
          ))}
        </ul>
      )}
    </Dialog>
  );
}

function NoticeRow({ notice, onClose }: { notice: Notice; onClose: () => void }) {
  const { workspaceId, about, at } = notice;
  const node = useSnapshot().data?.nodes.find(({ id }) => id === workspaceId);
  const now = useServerNow();
  const open = () => {
    onClose();
    navigate((state) => ({ ...openWorkspace(state, workspaceId), tab: "activity" }));
  };
  return (
    <li className="flex items-start gap-2.5 py-2">
      <NoticeIcon about={about} />
      <div className="min-w-0 flex-1">
        <p className="break-words">
          <span className="font-medium">{node?.name ?? (workspaceId ? "Deleted workspace" : "Saved data")}</span>:{" "}
          {textOf(about)}
        </p>
        <p className="text-[13px] text-ink-faint">{formatAgo(at, now)}</p>
      </div>
      {node && (
        <Button size="small" aria-label={`Show ${node.name}`} onClick={open}>
          Show
        </Button>
      )}
    </li>
  );
}

const WARNINGS: readonly Notice["about"]["kind"][] = ["trouble", "data_set_aside", "data_held", "expiry_held"];

function NoticeIcon({ about }: { about: Notice["about"] }) {
  if (about.kind === "operation_done") return <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-ok" />;
  if (WARNINGS.includes(about.kind)) return <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warn" />;
  return <CircleX aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />;
}

function textOf(about: Notice["about"]): string {
  switch (about.kind) {
    case "operation_failed":
      return `${OPERATION_NAMES[about.operation] ?? about.operation} failed.`;
    case "operation_done":
      return `${OPERATION_NAMES[about.operation] ?? about.operation} finished after ${formatDuration(about.tookMilliseconds)}.`;
    case "trouble":
      return `${statusStyle(about.status).label}. ${statusStyle(about.status).next}`;
    case "data_missing":
      return "Saved data is missing from the backend. See Saved data for the next step.";
    case "data_held":
      return `Saved data is kept past its deadline. ${about.because}`;
    case "expiry_held":
      return `Expiry is on hold. ${about.because} Saved data shows how to resume it.`;
    case "data_returned":
      return "Erased data exists on the backend again. Erase it again in Saved data.";
    case "data_set_aside":
      return "Found data that no workspace uses. It is kept until you adopt or erase it.";
  }
}
