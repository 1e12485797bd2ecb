"use client";

import { useSelection } from "#shared/selection/selection.ts";
import { useBatch } from "./current-batch.ts";
import { LazyBatchBar } from "./lazy-parts.ts";

interface BatchBarProps {
  /** The workspaces that are listed, where the bar stands above a list; without it stands at the foot of the view. */
  listed?: ReadonlySet<string>;
}

/** A visit that selects nothing never loads the bar. */
export function BatchBar(props: BatchBarProps) {
  const isWanted = useSelection().size > 0;
  const batch = useBatch();
  return (isWanted || batch !== null) && <LazyBatchBar {...props} />;
}
