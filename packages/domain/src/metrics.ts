/** The sample intervals and retention of workspace metrics. */
export const METRICS = {
  sampleSeconds: 10,
  samplesKeptSeconds: 3600,
  averageSeconds: 300,
  averagesKeptSeconds: 86_400,
  /** Samples per workspace in `canvas.metrics`. */
  canvasSamples: 30,
} as const;

/** Metrics of the instance as seen by its daemon. Null: unknown. `cpuPercent` of 100 is one core. */
export interface MetricsPoint {
  at: string;
  cpuPercent: number | null;
  memoryBytes: number | null;
  diskUsedBytes: number | null;
}

export const METRICS_RANGES = ["hour", "day"] as const;
export type MetricsRange = (typeof METRICS_RANGES)[number];

export interface WorkspaceMetrics {
  /** Oldest first. */
  points: MetricsPoint[];
  /** When instances were started again within the range, oldest first. */
  restarts: string[];
}

/** The last samples of every workspace with any, oldest first, for the sparklines on the map. */
export interface CanvasMetrics {
  sampleSeconds: number;
  workspaces: { id: string; cpuPercent: (number | null)[]; memoryBytes: (number | null)[] }[];
}
