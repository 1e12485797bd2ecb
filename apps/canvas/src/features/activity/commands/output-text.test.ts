import { expect, test } from "vitest";
import { OutputText } from "./output-text.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const shown = (output: OutputText) => output.pieces.map(({ stream, text }) => `${stream}: ${text}`);

test("output is joined by stream, and a character that arrives in two parts is whole", () => {
  const output = new OutputText();
  const bytes = encode("é");
  output.add({ stream: "stdout", offset: 0, bytes: encode("a\n") });
  output.add({ stream: "stdout", offset: 2, bytes: bytes.slice(0, 1) });
  output.add({ stream: "stderr", offset: 0, bytes: encode("oops\n") });
  output.add({ stream: "stdout", offset: 3, bytes: bytes.slice(1) });
  expect(shown(output)).toEqual(["stdout: a\n", "stderr: oops\n", "stdout: é"]);
  expect(output.isCut).toBe(false);
});

test("only the end of long or dropped output is shown", () => {
  const dropped = new OutputText();
  dropped.add({ stream: "stdout", offset: 100, bytes: encode("end") });
  expect([shown(dropped), dropped.isCut]).toEqual([["stdout: end"], true]);

  const long = new OutputText();
  for (let at = 0; at < 300; at += 1) {
    const text = String(at % 10).repeat(1_000);
    long.add({ stream: at % 7 === 0 ? "stderr" : "stdout", offset: 0, bytes: encode(text) });
  }
  const text = long.pieces.map((piece) => piece.text).join("");
  expect([text.length, text.at(-1), long.isCut]).toEqual([200_000, "9", true]);
});
