import { describe, expect, test } from "vitest";
import { cutWindow } from "./cut-window.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const middle = { offset: 100, isAligned: false, isWholeAtEnd: false };

describe("a window onto a file", () => {
  test("shows whole lines, and says where they lie", () => {
    expect(cutWindow(bytes("ken\none\ntwo\nthr"), middle)).toEqual({
      text: "one\ntwo\n",
      from: 104,
      to: 112,
      lines: 2,
    });
  });

  test("begins and ends where it was told that nothing is broken", () => {
    const cut = { offset: 0, isAligned: true, isWholeAtEnd: true };
    expect(cutWindow(bytes("one\ntwo"), cut)).toEqual({ text: "one\ntwo", from: 0, to: 7, lines: 2 });
    expect(cutWindow(bytes(""), cut)).toEqual({ text: "", from: 0, to: 0, lines: 0 });
  });

  test("windows one after the other leave nothing out, also in a line that never ends", () => {
    const file = bytes(`${"grüße 🙂 ".repeat(40)}\nshort\n${"x".repeat(90)}`);
    const size = 64;
    let shown = "";
    for (let at = 0; at < file.length; ) {
      const part = file.subarray(at, at + size);
      const window = cutWindow(part, { offset: at, isAligned: true, isWholeAtEnd: at + size >= file.length });
      expect(window.from).toBe(at);
      shown += window.text;
      at = window.to;
    }
    expect(shown).toBe(new TextDecoder().decode(file));
  });

  test("a jump into the middle of a character begins with the next", () => {
    const broken = bytes("🙂abc").subarray(2);
    expect(cutWindow(broken, middle)).toMatchObject({ text: "abc", from: 102 });
  });
});
