/**
 * Stands in for `d3-color` in the built canvas (next.config.ts). React Flow moves and zooms with d3's transitions, which
 * can also glide from one colour to another; nothing here asks for that, and 4 kB of colour spaces stay out of the first
 * load. No text is a colour: what d3 finds one in, it treats as any other text.
 */
export function color(): null {
  return null;
}

export { color as cubehelix, color as hcl, color as hsl, color as lab, color as rgb };
