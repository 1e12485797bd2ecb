/** The sample intervals and retention of workspace metrics. */
export const METRICS = {
  sampleSeconds: 10,
  samplesKeptSeconds: 3600,
  averageSeconds: 300,
  averagesKeptSeconds: 86_400,
  /** Samples per workspace in `canvas.metrics`. */
  canvasSamples: 30,
} as const;
