import { expect, test } from "vitest";
import { requireBase64 } from "./base64.ts";

test.each(["", "AA==", "AAA=", "AAAA", "+/+/", " AA\r\nAA ", "QUJD\nREVG\n"])("%j is base64", (text) => {
  expect(() => requireBase64(text)).not.toThrow();
});

test.each([
  ["without padding", "AA"],
  ["cut in the middle", "AAAAA"],
  ["with padding in the middle", "AA==AAAA"],
  ["with too much padding", "AA==="],
  ["only padding", "="],
  ["base64url", "-_-_"],
  ["with surplus bits", "AB=="],
  ["text", "hello, world"],
  ["a data URL", "data:;base64,AAAA"],
])("base64 is rejected when it is %s", (_how, text) => {
  expect(() => requireBase64(text)).toThrow("not base64");
});
