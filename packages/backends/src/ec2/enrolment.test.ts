import { expect, test } from "vitest";
import { attemptOf, enrolmentToken } from "./enrolment.ts";

test.each([1, 2, 4])("a token tells that it was made for attempt %i, with this key", (attempt) => {
  const token = enrolmentToken("a key", attempt);
  expect(attemptOf("a key", token)).toBe(attempt);
  expect(attemptOf("another key", token)).toBeNull();
  expect(enrolmentToken("a key", attempt)).toBe(token);
});

test("one attempt's token cannot be made into another's", () => {
  const token = enrolmentToken("a key", 1);
  for (const forged of [token.replace("1.", "2."), token.replace("1.", "01."), `${token}x`, token.slice(0, -1)]) {
    expect(attemptOf("a key", forged)).toBeNull();
  }
});

test.each(["", ".", "1", "1.", "x.y", "0.abc", "-1.abc", "1e3.abc", "99999999999999999999.abc"])(
  "%j is no token",
  (text) => {
    expect(attemptOf("a key", text)).toBeNull();
  },
);
