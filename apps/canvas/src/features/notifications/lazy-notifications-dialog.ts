"use client";

import { lazyPart } from "#shared/ui/lazy-part.tsx";

export const NotificationsDialog = lazyPart(
  () => import("./notifications-dialog.tsx").then((module) => module.NotificationsDialog),
  { isQuiet: true },
);
