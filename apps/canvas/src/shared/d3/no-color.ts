/**
 * Replaces `d3-color` in the built canvas (next.config.ts). React Flow moves and zooms with d3 transitions, which can
 * also interpolate colours. Nothing here needs that, and this saves 4 kB of the first load. No text parses as a colour,
 * so d3 treats all of them as plain text.
 */
export function color(): null {
  return null;
}

export { color as cubehelix, color as hcl, color as hsl, color as lab, color as rgb };
