import type { ITheme } from "@xterm/xterm";

/** The sixteen terminal colours, from the current theme's tokens. */
export function terminalTheme(): ITheme {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const cyan = between(token("ok"), token("accent"));
  const basic = {
    black: token("idle"),
    red: token("bad"),
    green: token("ok"),
    yellow: token("warn"),
    blue: token("accent"),
    magenta: token("rest"),
    cyan,
    white: token("ink-soft"),
  };
  return {
    foreground: token("ink"),
    background: token("sunken"),
    cursor: token("ink"),
    cursorAccent: token("sunken"),
    selectionBackground: `${token("accent")}55`,
    ...basic,
    brightBlack: token("ink-faint"),
    brightRed: basic.red,
    brightGreen: basic.green,
    brightYellow: basic.yellow,
    brightBlue: basic.blue,
    brightMagenta: basic.magenta,
    brightCyan: cyan,
    brightWhite: token("ink"),
    scrollbarSliderBackground: `${token("line-strong")}66`,
    scrollbarSliderHoverBackground: `${token("line-strong")}99`,
    scrollbarSliderActiveBackground: token("line-strong"),
  };
}

/** Colours of search matches. They need literal values, because the terminal draws them on its own canvas. */
export function searchColours() {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    matchBackground: token("warn-soft"),
    matchBorder: token("warn"),
    matchOverviewRuler: token("warn"),
    activeMatchBackground: token("accent-soft"),
    activeMatchBorder: token("accent"),
    activeMatchColorOverviewRuler: token("accent"),
  };
}

/** The colour halfway between two, written `#rrggbb`. */
function between(one: string, other: string): string {
  const channel = (hex: string, at: number) => Number.parseInt(hex.slice(at, at + 2), 16);
  const mixed = [1, 3, 5].map((at) => Math.round((channel(one, at) + channel(other, at)) / 2));
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}
