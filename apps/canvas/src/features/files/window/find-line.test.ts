import { expect, test } from "vitest";
import { findLine } from "./find-line.ts";

async function* pieces(text: string, size: number) {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const ignore = () => undefined;

test("a line is found wherever the chunks are split", async () => {
  const text = "one\ntwo\n\nfour\nfive";
  for (const size of [1, 2, 3, 5, 100]) {
    const starts = [1, 2, 3, 4, 5].map(async (line) => (await findLine(pieces(text, size), line, ignore)).offset);
    expect(await Promise.all(starts), `pieces of ${size}`).toEqual([0, 4, 8, 9, 14]);
  }
});

test("a line beyond the end becomes the last line", async () => {
  expect(await findLine(pieces("one\ntwo\n", 3), 99, ignore)).toEqual({ line: 3, offset: 8 });
  expect(await findLine(pieces("", 3), 99, ignore)).toEqual({ line: 1, offset: 0 });
});
