import { lazyPart } from "#shared/ui/lazy-part.tsx";

export { NoticeKeeper } from "./notice-keeper.tsx";
export { NotificationBell } from "./notification-bell.tsx";

export const NotificationsDialog = lazyPart(
  () => import("./notifications-dialog.tsx").then((module) => module.NotificationsDialog),
  { isQuiet: true },
);
