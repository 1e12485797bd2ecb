"use client";

import { RotateCcw, X } from "lucide-react";
import { describeError } from "#shared/api/problem-help.ts";
import { count, formatBytes } from "#shared/text/format.ts";
import { Button } from "#shared/ui/button.tsx";
import { IconButton } from "#shared/ui/icon-button.tsx";
import { baseName } from "../paths.ts";
import type { Upload, UploadQueue, UploadStatus } from "./upload-queue.ts";

const SHOWN_MAX = 50;
/** Uploads that need attention come first, finished ones last. */
const ORDER: Record<UploadStatus, number> = { exists: 0, failed: 1, sending: 2, waiting: 3, done: 4, cancelled: 5 };

/** Uploads with their progress. Rendered only when there are any. */
export function UploadList({ queue }: { queue: UploadQueue }) {
  const uploads = queue.useUploads();
  if (uploads.length === 0) return null;

  const ordered = uploads.toSorted((one, other) => ORDER[one.status] - ORDER[other.status]);
  const done = uploads.filter(({ status }) => status === "done").length;
  const isRunning = uploads.some(({ status }) => status === "sending" || status === "waiting");
  const replaceable = uploads.filter(({ status }) => status === "exists").length;
  const wanted = uploads.filter(({ status }) => status !== "cancelled");

  return (
    <section aria-label="Uploads" className="shrink-0 border-t border-line bg-raised">
      <div className="flex flex-wrap items-center gap-2 px-3 py-1.5">
        <p role="status" className="min-w-0 flex-1 text-[13px] font-medium">
          {isRunning ? "Uploading" : "Uploaded"} {done} of {count(wanted.length, "file")},{" "}
          {formatBytes(sum(wanted, "sentBytes"))} of {formatBytes(sum(wanted, "size"))}
        </p>
        {replaceable > 1 && (
          <Button size="small" onClick={() => queue.replaceAll()}>
            Replace all {replaceable}
          </Button>
        )}
        {isRunning ? (
          <Button size="small" kind="quiet" onClick={() => queue.cancelAll()}>
            Cancel all
          </Button>
        ) : (
          <Button size="small" kind="quiet" onClick={() => queue.close()}>
            Close
          </Button>
        )}
      </div>
      <ul className="max-h-44 overflow-y-auto px-3 pb-2">
        {ordered.slice(0, SHOWN_MAX).map((upload) => (
          <UploadLine key={upload.id} upload={upload} queue={queue} />
        ))}
        {ordered.length > SHOWN_MAX && (
          <li className="py-1 text-[13px] text-ink-faint">and {ordered.length - SHOWN_MAX} more</li>
        )}
      </ul>
    </section>
  );
}

const sum = (uploads: readonly Upload[], field: "size" | "sentBytes"): number =>
  uploads.reduce((total, upload) => total + upload[field], 0);

function UploadLine({ upload, queue }: { upload: Upload; queue: UploadQueue }) {
  const name = baseName(upload.path);
  const { status } = upload;
  return (
    <li className="flex items-center gap-2 py-1">
      <div className="min-w-0 flex-1">
        <div className="flex gap-2">
          <span className="min-w-0 flex-1 truncate text-[13px]" title={upload.path}>
            {upload.path.slice(1)}
          </span>
          <span className="shrink-0 text-[13px] text-ink-faint">{words(upload)}</span>
        </div>
        {status === "sending" && (
          <progress
            aria-label={`Progress of ${name}`}
            value={upload.sentBytes}
            max={Math.max(1, upload.size)}
            className="berth-progress"
          />
        )}
        {status === "failed" && <p className="text-[13px] text-bad">{sentence(upload.error)}</p>}
      </div>
      {status === "exists" && (
        <Button size="small" onClick={() => queue.retry(upload.id)} aria-label={`Replace ${name}`}>
          Replace
        </Button>
      )}
      {status === "failed" && (
        <IconButton label={`Resume ${name}`} onClick={() => queue.retry(upload.id)}>
          <RotateCcw aria-hidden />
        </IconButton>
      )}
      {status !== "done" && status !== "cancelled" && (
        <IconButton
          label={status === "exists" ? `Skip ${name}` : `Cancel ${name}`}
          onClick={() => queue.cancel(upload.id)}
        >
          <X aria-hidden />
        </IconButton>
      )}
    </li>
  );
}

function words({ status, size, sentBytes }: Upload): string {
  switch (status) {
    case "waiting":
      return "waits";
    case "sending":
      return `${formatBytes(sentBytes)} of ${formatBytes(size)}`;
    case "done":
      return formatBytes(size);
    case "exists":
      return "already exists";
    case "failed":
      return "failed";
    case "cancelled":
      return "cancelled";
  }
}

const sentence = (error: unknown): string => {
  const { title, next } = describeError(error);
  return `${title} ${next}`;
};
