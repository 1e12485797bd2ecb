import type { WorkspaceStatus } from "@berth/domain";
import { cx } from "../ui/cx.ts";
import { statusStyle, TONE_BADGE } from "./status.ts";

export function StatusBadge({ status, className }: { status: WorkspaceStatus; className?: string }) {
  const { label, tone, icon: Icon, isMoving } = statusStyle(status);
  return (
    <span
      className={cx(
        "inline-flex shrink-0 items-center gap-1 rounded-full px-2 py-0.5 text-xs font-medium",
        TONE_BADGE[tone],
        className,
      )}
    >
      <Icon aria-hidden className={cx("size-3.5", isMoving && "animate-spin")} />
      {label}
    </span>
  );
}
