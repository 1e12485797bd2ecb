/** Pixels. */
export const PANEL_WIDTH = { min: 320, max: 800, start: 480, step: 24 } as const;

export const panelWidth = (width: number): number =>
  Math.round(Math.min(PANEL_WIDTH.max, Math.max(PANEL_WIDTH.min, width)));
