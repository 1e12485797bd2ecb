"use client";

import { announce } from "#shared/live/announce.ts";
import { select } from "#shared/selection/selection.ts";
import { count } from "#shared/text/format.ts";
import { currentBatch } from "./current-batch.ts";
import { type BatchItem, type BatchState, runBatch } from "./run-batch.ts";

export const dismissBatch = (): void => currentBatch.set(null);

/** Failed workspaces stay selected for a retry; the others are deselected. */
export async function startBatch(
  label: string,
  items: readonly BatchItem[],
  act: (id: string) => Promise<unknown>,
  atOnce?: number,
): Promise<BatchState> {
  const end = await runBatch(label, items, act, (state) => currentBatch.set(state), atOnce);
  select(end.failed.map(({ id }) => id));
  if (end.failed.length === 0) currentBatch.set(null);
  announce(describeEnd(end));
  return end;
}

export function describeEnd({ label, total, failed }: BatchState): string {
  const well = total - failed.length;
  if (failed.length === 0) return `${label}: asked for ${count(total, "workspace")}.`;
  return `${label}: asked for ${well} of ${total}. ${count(failed.length, "was", "were")} refused.`;
}
