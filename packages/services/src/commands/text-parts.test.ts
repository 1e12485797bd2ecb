import { expect, test } from "vitest";
import { TextParts } from "./text-parts.ts";

const text = "größe 🚢 日本 ok";
const bytes = Buffer.from(text);

test("text in pieces of any size stays text, and every part names its offset", () => {
  for (let size = 1; size <= bytes.length; size += 1) {
    const parts = new TextParts("utf8");
    const seen = [];
    for (let at = 0; at < bytes.length; at += size) seen.push(...parts.push(at, bytes.subarray(at, at + size)));
    seen.push(...parts.end());
    expect(seen.map(({ data }) => data).join("")).toBe(text);
    let offset = 0;
    for (const part of seen) {
      expect(part).toMatchObject({ offset, encoding: "utf8" });
      offset += Buffer.byteLength(part.data);
    }
    expect(offset).toBe(bytes.length);
  }
});

test("bytes that are not UTF-8 arrive as base64, unchanged", () => {
  const all = Buffer.from(Array.from({ length: 256 }, (_, value) => value));
  for (const size of [1, 2, 3, 100, 256]) {
    const parts = new TextParts("utf8");
    const seen = [];
    for (let at = 0; at < all.length; at += size) seen.push(...parts.push(at, all.subarray(at, at + size)));
    seen.push(...parts.end());
    expect(Buffer.concat(seen.map(({ data, encoding }) => Buffer.from(data, encoding))).equals(all)).toBe(true);
    expect(seen.some(({ encoding }) => encoding === "base64")).toBe(true);
  }
});

test("a character that is cut by a gap or by the end is kept as bytes", () => {
  const parts = new TextParts("utf8");
  expect(parts.push(0, Buffer.from([0x61, 0xc3]))).toEqual([{ offset: 0, data: "a", encoding: "utf8" }]);
  expect(parts.push(100, Buffer.from("b"))).toEqual([
    { offset: 1, data: Buffer.from([0xc3]).toString("base64"), encoding: "base64" },
    { offset: 100, data: "b", encoding: "utf8" },
  ]);
  expect(parts.end()).toEqual([]);
});

test("base64 is used for everything when it is asked for", () => {
  expect(new TextParts("base64").push(7, Buffer.from("ok"))).toEqual([{ offset: 7, data: "b2s=", encoding: "base64" }]);
});
