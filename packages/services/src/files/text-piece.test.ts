import { describe, expect, test } from "vitest";
import { CHARACTER_TAIL_BYTES, textOf } from "./text-piece.ts";

/** Reads a file as a client does: each piece begins where the text of the previous one ended. */
function readInPieces(file: Buffer, length: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let offset = 0; offset < file.length; offset += pieces.at(-1)?.length ?? 0) {
    const bytes = file.subarray(offset, offset + length + CHARACTER_TAIL_BYTES);
    pieces.push(textOf({ path: "/file", offset, length, bytes }));
    expect(pieces.at(-1)?.length, `at ${offset}`).toBeGreaterThan(0);
  }
  return pieces;
}

describe("a file read as text in pieces", () => {
  const text = "a\u00e9\u20ac\u{1f600}\ufeff\0z\ufffd".repeat(5);

  test.each([1, 2, 3, 4, 5, 7, 16, 1000])("of %i bytes is complete, and no piece splits a character", (length) => {
    const pieces = readInPieces(Buffer.from(text), length);
    expect(pieces.map((piece) => piece.toString("utf8")).join("")).toBe(text);
    for (const piece of pieces) expect(piece.toString("utf8").replaceAll("\ufffd", "").includes("\ufffd")).toBe(false);
  });

  test.each([
    ["Latin-1", Buffer.from("caf\u00e9 = 1\n", "latin1")],
    ["an incomplete character at the end of the file", Buffer.from("x\u20ac").subarray(0, 3)],
    ["an overlong slash", Buffer.from([0x61, 0xc0, 0xaf])],
    ["half a surrogate pair", Buffer.from([0x61, 0xed, 0xa0, 0x80])],
    ["only continuation bytes", Buffer.alloc(30, 0x80)],
  ])("is rejected with advice to use base64: %s", (_what, file) => {
    for (const length of [1, 2, 4, 8, 1000]) {
      expect(() => readInPieces(file, length), `pieces of ${length}`).toThrow(/encoding "base64"/);
    }
  });

  test("is rejected when a piece begins inside a character", () => {
    const bytes = Buffer.from("\u20acx").subarray(1);
    expect(() => textOf({ path: "/file", offset: 1, length: 10, bytes })).toThrow("Offset 1 of /file");
  });
});
