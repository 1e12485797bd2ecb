"use client";

import { create } from "zustand";
import type { BatchState } from "./run-batch.ts";

const useBatchStore = create<{ batch: BatchState | null }>(() => ({ batch: null }));

/** The running batch, or one that ended with failures and was not dismissed yet. */
export const useBatch = (): BatchState | null => useBatchStore(({ batch }) => batch);

export const setBatch = (batch: BatchState): void => useBatchStore.setState({ batch });
export const dismissBatch = (): void => useBatchStore.setState({ batch: null });
