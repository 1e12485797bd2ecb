/** How often a workspace is looked at, and how long each look is kept. */
export const METRICS = {
  sampleSeconds: 10,
  samplesKeptSeconds: 3600,
  averageSeconds: 300,
  averagesKeptSeconds: 86_400,
  /** What `canvas.metrics` shows. */
  canvasSamples: 30,
} as const;
