/** How long a movement made by script takes: none for those who asked for less motion. */
export const motionMilliseconds = (wanted: number): number =>
  window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : wanted;
