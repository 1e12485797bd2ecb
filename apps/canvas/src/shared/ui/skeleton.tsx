import { cx } from "./cx.ts";

export const Skeleton = ({ className }: { className?: string }) => (
  <div aria-hidden className={cx("animate-pulse rounded-md bg-ink/8", className)} />
);

/** Placeholder rows for a list that is loading. */
export const SkeletonLines = ({ lines, label }: { lines: number; label: string }) => (
  <div role="status" aria-label={label} className="grid gap-2.5">
    {Array.from({ length: lines }, (_, line) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: the rows are identical and never move.
      <Skeleton key={line} className={cx("h-5", ["w-3/4", "w-1/2", "w-5/6"][line % 3])} />
    ))}
  </div>
);
