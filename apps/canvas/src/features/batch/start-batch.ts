"use client";

import { announce } from "#shared/live/announcement-store.ts";
import { select } from "#shared/selection/selection-store.ts";
import { count } from "#shared/text/format.ts";
import { dismissBatch, setBatch } from "./batch-store.ts";
import { type BatchItem, type BatchState, runBatch } from "./run-batch.ts";

/** Failed workspaces stay selected for a retry; the others are deselected. */
export async function startBatch(
  label: string,
  items: readonly BatchItem[],
  act: (id: string) => Promise<unknown>,
  atOnce?: number,
): Promise<BatchState> {
  const end = await runBatch(label, items, act, setBatch, atOnce);
  select(end.failed.map(({ id }) => id));
  if (end.failed.length === 0) dismissBatch();
  announce(describeEnd(end));
  return end;
}

export function describeEnd({ label, total, failed }: BatchState): string {
  const well = total - failed.length;
  if (failed.length === 0) return `${label} requested for ${count(total, "workspace")}.`;
  return `${label} requested for ${well} of ${total}. ${failed.length} failed.`;
}
