import { describe, expect, test } from "vitest";
import { decodeText, lineSeparatorOf } from "./text-file.ts";

const base64 = (bytes: number[] | string) => Buffer.from(bytes as string).toString("base64");

describe("reading a file as text", () => {
  test("keeps every character, including a byte order mark", () => {
    const text = "\ufeffgrüße 🙂 \u2028 \ufffd\n";
    expect(decodeText(base64(text))?.text).toBe(text);
  });

  test.each([
    ["a zero byte", [104, 0, 105]],
    ["bytes that are no UTF-8", [0xff, 0xfe, 0x41]],
    ["a cut-off character", [0xc3]],
    ["a PDF without an odd byte", "%PDF-1.7\n1 0 obj\n"],
  ])("is refused for %s", (_what, bytes) => expect(decodeText(base64(bytes))).toBeNull());

  test("works for an empty file", () => expect(decodeText("")).toEqual({ text: "", lineSeparator: "\n" }));
});

describe("the line separator", () => {
  test.each([
    ["a\r\nb\r\n", "\r\n"],
    ["a\nb\n", "\n"],
    ["a\r\nb\n", "\n"],
    ["a\r\nb\rc\r\n", "\n"],
    ["abc", "\n"],
  ])("of %j is %j", (text, separator) => expect(lineSeparatorOf(text)).toBe(separator));
});
