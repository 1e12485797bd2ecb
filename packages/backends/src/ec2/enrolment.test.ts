import { expect, test } from "vitest";
import { attemptOf, enrolmentToken } from "./enrolment.ts";

test.each([1, 2, 4])("an enrolment token names attempt %i and matches only its own key", (attempt) => {
  const token = enrolmentToken("a key", attempt);
  expect(attemptOf("a key", token)).toBe(attempt);
  expect(attemptOf("another key", token)).toBeNull();
  expect(enrolmentToken("a key", attempt)).toBe(token);
});

test("a token of one attempt cannot be changed into one of another attempt", () => {
  const token = enrolmentToken("a key", 1);
  for (const forged of [token.replace("1.", "2."), token.replace("1.", "01."), `${token}x`, token.slice(0, -1)]) {
    expect(attemptOf("a key", forged)).toBeNull();
  }
});

test.each(["", ".", "1", "1.", "x.y", "0.abc", "-1.abc", "1e3.abc", "99999999999999999999.abc"])(
  "%j is not a valid token",
  (text) => {
    expect(attemptOf("a key", text)).toBeNull();
  },
);
