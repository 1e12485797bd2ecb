"use client";

import { useSelection } from "#shared/selection/selection.ts";
import { useBatch } from "./current-batch.ts";
import { LazyBatchBar } from "./lazy-parts.ts";

/** A visit that selects nothing never loads the bar. */
export function BatchBar() {
  const isWanted = useSelection().size > 0;
  const batch = useBatch();
  return (isWanted || batch !== null) && <LazyBatchBar />;
}
