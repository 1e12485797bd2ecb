"use client";

import { ArrowDownToLine, ArrowUpToLine, ChevronDown, ChevronUp, Download } from "lucide-react";
import { type FormEvent, useRef, useState } from "react";
import { startDownload } from "#shared/api/start-download.ts";
import { usePendingCommand } from "#shared/commands/pending-command.ts";
import { useActor } from "#shared/session/actor.tsx";
import { formatBytes } from "#shared/text/format.ts";
import { Button } from "#shared/ui/button.tsx";
import { cx } from "#shared/ui/cx.ts";
import { ErrorNotice } from "#shared/ui/error-notice.tsx";
import { CONTROL } from "#shared/ui/field.tsx";
import { IconButton } from "#shared/ui/icon-button.tsx";
import { SkeletonLines } from "#shared/ui/skeleton.tsx";
import { draftKey } from "../editor/draft-store.ts";
import { FilePreview } from "../editor/file-preview.tsx";
import { lineCommand } from "../editor/line-command.ts";
import { downloadUrl, type Place } from "../file-url.ts";
import { baseName } from "../paths.ts";
import { after, atEnd, atOffset, atStart, before, type ShownWindow, useFileWindow } from "./use-file-window.ts";
import { useLineSearch } from "./use-line-search.ts";

interface LargeFileProps {
  place: Place;
  path: string;
  size: number;
}

/** A file too large to edit, read-only and one window at a time; it is never loaded as a whole. */
export function LargeFile({ place, path, size }: LargeFileProps) {
  const [wanted, setWanted] = useState(atStart);
  const shown = useFileWindow(place, path, size, wanted);
  const search = useLineSearch(place, path, ({ line, offset }) => setWanted(atOffset(offset, line)));
  const key = draftKey(useActor().id, place.workspaceId, place.root, path);
  usePendingCommand(
    lineCommand,
    ({ line }) => search.findLine(line),
    ({ fileKey }) => fileKey === key,
  );

  const window = shown.data;
  if (!window) {
    return shown.error ? (
      <ErrorNotice className="m-3" error={shown.error} onRetry={() => void shown.refetch()} />
    ) : (
      <div className="p-4">
        <SkeletonLines lines={8} label={`Loading ${baseName(path)}`} />
      </div>
    );
  }
  if (window.isBinary && window.from === 0)
    return (
      <FilePreview
        place={place}
        path={path}
        file={{ kind: "binary", size: window.size, modifiedAt: null, etag: null }}
      />
    );

  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div
        role="toolbar"
        aria-label="Position in the file"
        className="flex flex-wrap items-center gap-x-1 border-b border-line py-1 pr-1 pl-3"
      >
        <p role="status" className="min-w-0 flex-1 basis-48 text-[13px] text-ink-soft tabular-nums">
          {placeOf(window)}
        </p>
        <IconButton label="Go to start" disabled={window.from === 0} onClick={() => setWanted(atStart())}>
          <ArrowUpToLine aria-hidden />
        </IconButton>
        <IconButton label="Previous part" disabled={window.from === 0} onClick={() => setWanted(before(window))}>
          <ChevronUp aria-hidden />
        </IconButton>
        <IconButton label="Next part" disabled={window.to >= window.size} onClick={() => setWanted(after(window))}>
          <ChevronDown aria-hidden />
        </IconButton>
        <IconButton label="Go to end" disabled={window.to >= window.size} onClick={() => setWanted(atEnd(window.size))}>
          <ArrowDownToLine aria-hidden />
        </IconButton>
        <GoTo onLine={search.findLine} onOffset={(offset) => setWanted(atOffset(Math.min(offset, window.size)))} />
        <IconButton label={`Download ${baseName(path)}`} onClick={() => startDownload(downloadUrl(place, path))}>
          <Download aria-hidden />
        </IconButton>
      </div>
      {search.readBytes !== null && (
        <div role="status" className="flex items-center gap-3 border-b border-line bg-raised px-3 py-1.5">
          <p className="min-w-0 flex-1 text-[13px]">
            Counting lines: {formatBytes(search.readBytes)} of {formatBytes(window.size)}
          </p>
          <Button size="small" onClick={search.cancel}>
            Cancel
          </Button>
        </div>
      )}
      {Boolean(search.error ?? shown.error) && (
        <ErrorNotice className="m-2" error={search.error ?? shown.error} onRetry={() => void shown.refetch()} />
      )}
      <Lines key={`${window.from} ${window.to}`} window={window} label={`${baseName(path)}, part of the file`} />
    </div>
  );
}

function placeOf({ from, size, firstLine, lines }: ShownWindow): string {
  const share = `${size === 0 ? 0 : Math.floor((100 * from) / size)} % of ${formatBytes(size)}`;
  if (firstLine === null) return `From ${share}`;
  const last = firstLine + Math.max(0, lines - 1);
  return `Lines ${firstLine.toLocaleString("en")} to ${last.toLocaleString("en")} · ${share}`;
}

/** Read-only text in one block, since a window is always small. */
function Lines({ window, label }: { window: ShownWindow; label: string }) {
  const { text, firstLine, lines } = window;
  const numbers =
    firstLine === null ? null : Array.from({ length: lines }, (_, line) => String(firstLine + line)).join("\n");
  return (
    <section
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: keyboard users must be able to scroll the text.
      tabIndex={0}
      className="flex min-h-0 flex-1 overflow-auto bg-sunken font-mono text-[13px] leading-relaxed -outline-offset-2"
    >
      {numbers !== null && (
        <pre
          aria-hidden
          className="sticky left-0 h-max min-h-full bg-sunken px-3 py-2 text-right text-ink-faint select-none"
        >
          {numbers}
        </pre>
      )}
      <pre className={cx("h-max py-2 pr-4", numbers === null && "pl-3")}>{text}</pre>
    </section>
  );
}

interface GoToProps {
  onLine: (line: number) => void;
  onOffset: (offset: number) => void;
}

function GoTo({ onLine, onOffset }: GoToProps) {
  const [unit, setUnit] = useState<"line" | "byte">("line");
  const field = useRef<HTMLInputElement>(null);
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    const number = Math.floor(Number(field.current?.value.replaceAll(/[ ,_]/g, "")));
    if (!Number.isFinite(number) || number < 0) return;
    if (unit === "line") onLine(Math.max(1, number));
    else onOffset(number);
  };
  return (
    <form onSubmit={onSubmit} className="flex items-center gap-1 pl-1">
      <select
        aria-label="Go to"
        value={unit}
        onChange={(event) => setUnit(event.target.value === "byte" ? "byte" : "line")}
        className={cx(CONTROL, "h-8 pr-8 pl-2 text-[13px]")}
      >
        <option value="line">Line</option>
        <option value="byte">Byte</option>
      </select>
      <input
        ref={field}
        aria-label={unit === "line" ? "Line number" : "Byte offset"}
        inputMode="numeric"
        autoComplete="off"
        className={cx(CONTROL, "h-8 w-24 text-[13px]")}
      />
      <Button type="submit" size="small">
        Go
      </Button>
    </form>
  );
}
