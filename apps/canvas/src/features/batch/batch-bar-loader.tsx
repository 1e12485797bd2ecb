"use client";

import { useSelection } from "#shared/selection/selection-store.ts";
import { lazyPart } from "#shared/ui/lazy-part.tsx";
import { useBatch } from "./batch-store.ts";

const LoadedBar = lazyPart(() => import("./batch-bar.tsx").then((module) => module.BatchBar), { isQuiet: true });

interface BatchBarProps {
  /** The listed workspaces when the bar is above a list; omitted when it is at the bottom of the view. */
  listed?: ReadonlySet<string>;
}

/** Loads the bar's code only once something is selected. */
export function BatchBar(props: BatchBarProps) {
  const isWanted = useSelection().size > 0;
  const batch = useBatch();
  return (isWanted || batch !== null) && <LoadedBar {...props} />;
}
