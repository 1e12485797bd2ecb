import { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { DAEMON_JSON, DAEMON_LINES } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { parseJson, parseResponse, readBytes, readLines } from "./response-bytes.ts";

const bytesOf = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

async function allOf<T>(lines: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

/** Their callers only need to know that the call succeeded. */
const WITHOUT_FIELDS = ["DELETE /terminals", "POST /control/quiesce"];
const ROWS = Object.entries({ ...DAEMON_JSON, ...DAEMON_LINES });

describe("a response of a daemon", () => {
  test.each(ROWS)("to %s is rejected when it is not an object", (_row, response) => {
    for (const wrong of [null, true, 7, "text", [], [{}]]) {
      expect(() => parseResponse(bytesOf(wrong), response), JSON.stringify(wrong)).toThrow("does not accept");
    }
  });

  test.each(ROWS.filter(([row]) => !WITHOUT_FIELDS.includes(row)))(
    "to %s is rejected when its fields are missing",
    (_row, response) => {
      expect(() => parseResponse(bytesOf({}), response)).toThrow("is not of the expected type");
    },
  );

  test.each([-1, 1.5, "1", null, 2 ** 60, [1]])("is rejected when sizeBytes is %j", (sizeBytes) => {
    const usage = DAEMON_JSON["GET /files/usage"];
    expect(parseResponse(bytesOf({ sizeBytes: 1, complete: true }), usage)).toEqual({ sizeBytes: 1, complete: true });
    expect(() => parseResponse(bytesOf({ sizeBytes, complete: true }), usage)).toThrow("sizeBytes");
  });

  test("is rejected with too many values at any depth", () => {
    const many = Array.from({ length: 31_000 }, (_, index) => index);
    expect(() => parseJson(bytesOf(many))).toThrow("30000 values");
    expect(() => parseJson(bytesOf({ deep: { down: many.map((value) => [value]) } }))).toThrow("30000 values");
    expect(parseJson(bytesOf(many.slice(0, 1000)))).toHaveLength(1000);
  });

  test("is rejected when it is not JSON in UTF-8", () => {
    for (const text of ["", "{", "NaN", '{"a":1}x']) expect(() => parseJson(Buffer.from(text))).toThrow("not JSON");
    expect(() => parseJson(Buffer.from([0x22, 0xff, 0x22]))).toThrow("not JSON");
  });

  const pieces = (count: number) => Readable.from(Array.from({ length: count }, () => Buffer.alloc(1000, "x")));

  test("is read only up to its limit", async () => {
    expect((await readBytes(pieces(10), 10_000)).length).toBe(10_000);
    const endless = pieces(1000);
    await expect(readBytes(endless, 9_999)).rejects.toThrow("longer than 9999 bytes");
    expect(endless.destroyed).toBe(true);
  });

  test("in lines is read only up to the limit of a line", async () => {
    const response = { ...DAEMON_LINES["POST /files/watch"], lineBytesMax: 5_000 };
    const watching = Buffer.from('{"type":"watching"}\n');
    expect(await allOf(readLines(Readable.from([watching, watching]), response, 1000))).toHaveLength(2);
    const endless = pieces(1000);
    await expect(allOf(readLines(endless, response, 1000))).rejects.toThrow("line of more than 5000 bytes");
    expect(endless.destroyed).toBe(true);
  });

  test("in lines is rejected when one line takes too long, however slowly its bytes arrive", async () => {
    const response = DAEMON_LINES["GET /files/search"];
    async function* drip() {
      yield '{"path":"/a","kind":"file","line":null,"text":null}\n';
      for (;;) {
        await pause(5);
        yield " ";
      }
    }
    const dripping = Readable.from(drip(), { objectMode: false });
    const found: unknown[] = [];
    const reading = async () => {
      for await (const match of readLines(dripping, response, 50)) found.push(match);
    };
    await expect(reading()).rejects.toThrow("a line that took longer than 0.05 seconds");
    expect(found).toHaveLength(1);
    expect(dripping.destroyed).toBe(true);
  });
});
