"use client";

import { RotateCcw, TriangleAlert } from "lucide-react";
import { describeError } from "../api/problem-help.ts";
import { Button } from "./button.tsx";
import { copyText } from "./copy-text.ts";
import { cx } from "./cx.ts";

interface ErrorNoticeProps {
  error: unknown;
  onRetry?: (() => void) | undefined;
  isRetrying?: boolean;
  className?: string;
}

/** An inline error: what happened, what to do, a retry if there is one, and copyable details. */
export function ErrorNotice({ error, onRetry, isRetrying = false, className }: ErrorNoticeProps) {
  const text = describeError(error);
  return (
    <div role="alert" className={cx("flex gap-3 rounded-lg border border-bad/40 bg-bad-soft p-3", className)}>
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
      <div className="min-w-0 flex-1">
        <p className="font-medium break-words">{text.title}</p>
        <p className="text-ink-soft">{text.next}</p>
        <div className="mt-2 flex flex-wrap gap-2">
          {onRetry && (
            <Button
              size="small"
              isBusy={isRetrying}
              onClick={onRetry}
              icon={<RotateCcw aria-hidden className="size-3.5" />}
            >
              Try again
            </Button>
          )}
          <Button size="small" kind="quiet" onClick={() => void copyText(text.detail)}>
            Copy details
          </Button>
        </div>
      </div>
    </div>
  );
}
