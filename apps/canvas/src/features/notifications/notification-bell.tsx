"use client";

import { Bell } from "lucide-react";
import { openDialog } from "#shared/dialogs/dialog-store.ts";
import { cx } from "#shared/ui/cx.ts";
import { RAIL_ITEM } from "#shared/ui/rail-item.ts";
import { useUnreadCount } from "./notice-store.ts";

/** Opens the notices; a number shows how many are unread. */
export function NotificationBell() {
  const unread = useUnreadCount();
  return (
    <button
      type="button"
      aria-haspopup="dialog"
      onClick={() => openDialog({ kind: "notifications" })}
      className={cx(RAIL_ITEM, "relative text-ink-soft hover:bg-ink/8 hover:text-ink")}
    >
      <Bell aria-hidden />
      <span>
        Notifications
        {unread > 0 && <span className="sr-only">, {unread} new</span>}
      </span>
      {unread > 0 && (
        <span
          aria-hidden
          className="absolute top-1 left-1/2 ml-1 min-w-4.5 rounded-full bg-bad px-1 text-center text-xs leading-4.5 font-semibold text-on-bad tabular-nums"
        >
          {unread > 99 ? "99+" : unread}
        </span>
      )}
    </button>
  );
}
