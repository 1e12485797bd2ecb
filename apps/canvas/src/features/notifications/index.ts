export { NotificationsDialog } from "./lazy-notifications-dialog.ts";
export { NoticeKeeper } from "./notice-keeper.tsx";
export { NotificationBell } from "./notification-bell.tsx";
