"use client";

import { lazyPart } from "#shared/ui/lazy-part.tsx";

export const LazyBatchBar = lazyPart(() => import("./batch-bar.tsx").then((module) => module.BatchBar), {
  isQuiet: true,
});
export const BatchDeleteDialog = lazyPart(
  () => import("./batch-delete-dialog.tsx").then((module) => module.BatchDeleteDialog),
  { isQuiet: true },
);
export const BatchVerbDialog = lazyPart(
  () => import("./batch-verb-dialog.tsx").then((module) => module.BatchVerbDialog),
  { isQuiet: true },
);
