import { cx } from "./cx.ts";

export const Skeleton = ({ className }: { className?: string }) => (
  <div aria-hidden className={cx("animate-pulse rounded-md bg-ink/8", className)} />
);

/** Lines in the shape of a list that is on its way. */
export const SkeletonLines = ({ lines, label }: { lines: number; label: string }) => (
  <div role="status" aria-label={label} className="grid gap-2.5">
    {Array.from({ length: lines }, (_, line) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all alike and never move.
      <Skeleton key={line} className={cx("h-5", ["w-3/4", "w-1/2", "w-5/6"][line % 3])} />
    ))}
  </div>
);
