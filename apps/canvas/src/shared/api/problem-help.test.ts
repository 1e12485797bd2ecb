import { DomainError, PROBLEM_CODES } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { isWorthRetrying } from "./problem.ts";
import { describeError } from "./problem-help.ts";

describe("the text for a problem", () => {
  test.each(PROBLEM_CODES)("%s has a message with a next step, and never shows the raw code", (code) => {
    const text = describeError({ data: { problem: new DomainError(code, "What the server says.").problem } });
    expect(text.title).toMatch(/^[A-Z/].*\.$/);
    expect(text.next).toMatch(/^[A-Z].*\.$/);
    expect(`${text.title} ${text.next}`).not.toContain(code);
    expect(text.detail).toContain(code);
  });

  test.each(PROBLEM_CODES)("%s has a default text when the server sends none", (code) => {
    const { title, next } = describeError({ data: { problem: new DomainError(code, "").problem } });
    for (const sentence of [title, next]) {
      expect(sentence).toMatch(/^[A-Z/].*\.$/);
      expect(sentence.split(" ").length).toBeGreaterThanOrEqual(2);
    }
  });

  test("is different for every problem", () => {
    const texts = PROBLEM_CODES.map((code) => {
      const { title, next } = describeError({ data: { problem: new DomainError(code, "").problem } });
      return `${title} ${next}`;
    });
    expect(new Set(texts).size).toBe(PROBLEM_CODES.length);
  });

  test("an unknown code still has a message with a next step", () => {
    const problem = { code: "made_up_tomorrow", message: "It is full moon.", retryable: false };
    const { title, next } = describeError({ data: { problem } });
    expect(title).toMatch(/^[A-Z].*\.$/);
    expect(next).toMatch(/^[A-Z].*\.$/);
  });

  test("a request without a response says to check the connection", () => {
    const text = describeError(new TypeError("Failed to fetch"));
    expect(text.title).toBe("The server did not respond.");
    expect(isWorthRetrying(new TypeError("Failed to fetch"))).toBe(true);
  });

  test("any other error keeps its message only in the copied details", () => {
    const text = describeError(new Error("boom at line 3"));
    expect(text.title).not.toContain("boom");
    expect(text.detail).toBe("boom at line 3");
    expect(isWorthRetrying(new Error("boom"))).toBe(false);
  });

  test("problems are also read from routes outside tRPC", () => {
    const problem = { code: "limit_exceeded", message: "Over 1 GB.", retryable: false };
    const text = describeError({ error: { message: "x", data: { httpStatus: 413, problem } } });
    expect(text.title).toBe("Over 1 GB.");
  });
});
