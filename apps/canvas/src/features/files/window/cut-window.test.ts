import { describe, expect, test } from "vitest";
import { cutWindow } from "./cut-window.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const middle = { offset: 100, isAligned: false, isWholeAtEnd: false };

describe("a window onto a file", () => {
  test("shows whole lines with their position", () => {
    expect(cutWindow(bytes("ken\none\ntwo\nthr"), middle)).toEqual({
      text: "one\ntwo\n",
      from: 104,
      to: 112,
      lines: 2,
    });
  });

  test("does not trim ends that are known to be whole", () => {
    const cut = { offset: 0, isAligned: true, isWholeAtEnd: true };
    expect(cutWindow(bytes("one\ntwo"), cut)).toEqual({ text: "one\ntwo", from: 0, to: 7, lines: 2 });
    expect(cutWindow(bytes(""), cut)).toEqual({ text: "", from: 0, to: 0, lines: 0 });
  });

  test("consecutive windows cover everything, even an endless line", () => {
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

  test("a jump into the middle of a character starts at the next one", () => {
    const broken = bytes("🙂abc").subarray(2);
    expect(cutWindow(broken, middle)).toMatchObject({ text: "abc", from: 102 });
  });
});
