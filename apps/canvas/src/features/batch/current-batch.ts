"use client";

import { createStore, useStored } from "#shared/store/store.ts";
import type { BatchState } from "./run-batch.ts";

/** The running batch, or one that ended with failures and was not dismissed yet. */
export const currentBatch = createStore<BatchState | null>(null);

export const useBatch = (): BatchState | null => useStored(currentBatch);
