declare global {
  interface Window {
    firstNodeAt?: number;
    frameTimes?: { times: number[]; isOn: boolean };
  }
}

// These functions run in the page, so each is self-contained.

/** Records when the first card is visible, in milliseconds since the start of the navigation. */
export function watchFirstNode(): void {
  const poll = () => {
    if (document.querySelector(".react-flow__node [data-workspace-id]")) window.firstNodeAt = performance.now();
    else requestAnimationFrame(poll);
  };
  requestAnimationFrame(poll);
}

/** Records the duration of each frame until `stopFrames`. */
export function recordFrames(): void {
  const frames = { times: [] as number[], isOn: true };
  window.frameTimes = frames;
  let previous = performance.now();
  const next = (now: number) => {
    frames.times.push(now - previous);
    previous = now;
    if (frames.isOn) requestAnimationFrame(next);
  };
  requestAnimationFrame((now) => {
    previous = now;
    requestAnimationFrame(next);
  });
}

export function stopFrames(): number[] {
  if (!window.frameTimes) return [];
  window.frameTimes.isOn = false;
  return window.frameTimes.times.map((time) => Math.round(time * 10) / 10);
}

/** The smallest font size of all rendered text, in CSS pixels, before the map's zoom. */
export function smallestText(): number {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let smallest = Number.POSITIVE_INFINITY;
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const parent = text.parentElement;
    if (!parent || !text.textContent?.trim() || !parent.checkVisibility()) continue;
    smallest = Math.min(smallest, Number.parseFloat(getComputedStyle(parent).fontSize));
  }
  return smallest;
}
