import { DAEMON_JSON, DAEMON_LINES } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { parseAnswer, parseJson } from "./answer-bytes.ts";

const bytesOf = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

/** Their callers need to know only that the daemon has done it. */
const WITHOUT_FIELDS = ["DELETE /terminals", "POST /control/quiesce"];
const ROWS = Object.entries({ ...DAEMON_JSON, ...DAEMON_LINES });

describe("an answer of a daemon", () => {
  test.each(ROWS)("to %s is rejected when it is no object", (_row, answer) => {
    for (const wrong of [null, true, 7, "text", [], [{}]]) {
      expect(() => parseAnswer(bytesOf(wrong), answer), JSON.stringify(wrong)).toThrow("does not accept");
    }
  });

  test.each(ROWS.filter(([row]) => !WITHOUT_FIELDS.includes(row)))(
    "to %s is rejected when its fields are missing",
    (_row, answer) => {
      expect(() => parseAnswer(bytesOf({}), answer)).toThrow("is not of the expected type");
    },
  );

  test.each([-1, 1.5, "1", null, 2 ** 60, [1]])("is rejected with %j bytes in use", (sizeBytes) => {
    const usage = DAEMON_JSON["GET /files/usage"];
    expect(parseAnswer(bytesOf({ sizeBytes: 1, complete: true }), usage)).toEqual({ sizeBytes: 1, complete: true });
    expect(() => parseAnswer(bytesOf({ sizeBytes, complete: true }), usage)).toThrow("sizeBytes");
  });

  test("is rejected with more values than any answer has, wherever they are", () => {
    const many = Array.from({ length: 31_000 }, (_, index) => index);
    expect(() => parseJson(bytesOf(many))).toThrow("30000 values");
    expect(() => parseJson(bytesOf({ deep: { down: many.map((value) => [value]) } }))).toThrow("30000 values");
    expect(parseJson(bytesOf(many.slice(0, 1000)))).toHaveLength(1000);
  });

  test("is rejected when it is not JSON in UTF-8", () => {
    for (const text of ["", "{", "NaN", '{"a":1}x']) expect(() => parseJson(Buffer.from(text))).toThrow("not JSON");
    expect(() => parseJson(Buffer.from([0x22, 0xff, 0x22]))).toThrow("not JSON");
  });
});
