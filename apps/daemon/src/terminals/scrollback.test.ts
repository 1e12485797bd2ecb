import { expect, test } from "vitest";
import { Scrollback } from "./scrollback.ts";

const everything = (scrollback: Scrollback, from: number, step: number): string => {
  let text = "";
  for (;;) {
    const part = scrollback.read(from + text.length, step);
    if (part.length === 0) return text;
    text += part.toString("latin1");
  }
};

test("keeps the last bytes for any chunk sizes, and finds them by offset", () => {
  const scrollback = new Scrollback(10);
  let whole = "";
  for (const piece of ["abc", "d", "efghijklmnop", "", "q", "rs", "tuvwxyz"]) {
    scrollback.append(Buffer.from(piece));
    whole += piece;
    expect(scrollback.end).toBe(whole.length);
    expect(scrollback.start).toBe(Math.max(0, whole.length - 10));
    for (let from = scrollback.start; from <= scrollback.end; from += 1)
      for (const step of [1, 3, 100]) expect(everything(scrollback, from, step)).toBe(whole.slice(from));
  }
});

test("a new reader starts at a line, or at the first byte kept", () => {
  const scrollback = new Scrollback(8);
  scrollback.append(Buffer.from("ab\ncd"));
  expect(scrollback.firstWhole).toBe(0);
  scrollback.append(Buffer.from("ef\ngh"));
  // "b
  // cdef
  // gh" without the first byte: "
  // cdef
  // gh" is kept, and its first newline ends the cut line.
  expect(scrollback.read(scrollback.firstWhole, 99).toString()).toBe("cd");
  scrollback.append(Buffer.from("0123456789"));
  expect(scrollback.firstWhole).toBe(scrollback.start);
});
