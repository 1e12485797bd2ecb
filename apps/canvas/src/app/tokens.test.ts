import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const css = readFileSync(new URL("tokens.css", import.meta.url), "utf8");
const [light = "", dark = ""] = css.split(':root[data-theme="dark"]');

const tokensOf = (block: string): Map<string, string> =>
  new Map([...block.matchAll(/--([a-z-]+):\s*(#[0-9a-f]{6});/g)].map(([, name = "", value = ""]) => [name, value]));

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

const PLAIN = ["canvas", "surface", "raised", "sunken", "frame", "frame-inner"];
const STATUS = ["ok", "busy", "warn", "bad", "idle", "rest", "accent"];

const textPairs: [string, string][] = [
  ...["ink", "ink-soft", "ink-faint", ...STATUS].flatMap((ink) =>
    PLAIN.map((background): [string, string] => [ink, background]),
  ),
  ...STATUS.map((status): [string, string] => [status, `${status}-soft`]),
  ...STATUS.map((status): [string, string] => ["ink", `${status}-soft`]),
  ["on-accent", "accent"],
  ["on-bad", "bad"],
];

describe.each([
  ["light", tokensOf(light)],
  ["dark", tokensOf(dark)],
])("the %s theme", (_theme, tokens) => {
  test.each(textPairs)("shows %s text on %s at WCAG AA (4.5)", (ink, background) => {
    expect(contrast(tokens.get(ink) ?? "#000000", tokens.get(background) ?? "#000000")).toBeGreaterThanOrEqual(4.5);
  });

  test.each(PLAIN)("draws the borders of controls on %s with a contrast of 3 to 1", (background) => {
    expect(
      contrast(tokens.get("line-strong") ?? "#000000", tokens.get(background) ?? "#000000"),
    ).toBeGreaterThanOrEqual(3);
  });
});

test("both themes define the same tokens", () => {
  expect([...tokensOf(dark).keys()]).toEqual([...tokensOf(light).keys()]);
});
