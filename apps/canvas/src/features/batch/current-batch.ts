"use client";

import { createStore, useStored } from "#shared/store/store.ts";
import type { BatchState } from "./run-batch.ts";

/** The run that is under way, or the one that ended with failures nobody has put away yet. */
export const currentBatch = createStore<BatchState | null>(null);

export const useBatch = (): BatchState | null => useStored(currentBatch);
