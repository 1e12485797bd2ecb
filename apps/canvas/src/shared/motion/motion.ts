/** The duration of scripted movements: zero with reduced motion. */
export const motionMilliseconds = (wanted: number): number =>
  window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : wanted;
