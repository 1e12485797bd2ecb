"use client";

import type { CanvasMetrics } from "@berth/domain";
import { create } from "zustand";

export type WorkspaceMetrics = CanvasMetrics["workspaces"][number];

/** The latest CPU and memory samples of each workspace. */
const useMetricsStore = create<{ byId: ReadonlyMap<string, WorkspaceMetrics> }>(() => ({ byId: new Map() }));

export const setMetrics = (workspaces: readonly WorkspaceMetrics[]): void =>
  useMetricsStore.setState({ byId: new Map(workspaces.map((metrics) => [metrics.id, metrics])) });

/** Subscribed per card, so that new samples render only the cards that have some. */
export const useMetricsOf = (id: string): WorkspaceMetrics | undefined => useMetricsStore(({ byId }) => byId.get(id));
