import { DomainError, PROBLEM_CODES } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { isWorthRetrying } from "./problem.ts";
import { describeError } from "./problem-help.ts";

describe("the words for a problem", () => {
  test.each(PROBLEM_CODES)("%s is a sentence with a next step, and never the raw code", (code) => {
    const text = describeError({ data: { problem: new DomainError(code, "What the server says.").problem } });
    expect(text.title).toMatch(/^[A-Z/].*\.$/);
    expect(text.next).toMatch(/^[A-Z].*\.$/);
    expect(`${text.title} ${text.next}`).not.toContain(code);
    expect(text.detail).toContain(code);
  });

  test.each(PROBLEM_CODES)("%s has words of our own when the server sends none", (code) => {
    const { title, next } = describeError({ data: { problem: new DomainError(code, "").problem } });
    for (const sentence of [title, next]) {
      expect(sentence).toMatch(/^[A-Z/].*\.$/);
      expect(sentence.split(" ").length).toBeGreaterThanOrEqual(2);
    }
  });

  test("no two problems are told in the same words", () => {
    const told = PROBLEM_CODES.map((code) => {
      const { title, next } = describeError({ data: { problem: new DomainError(code, "").problem } });
      return `${title} ${next}`;
    });
    expect(new Set(told).size).toBe(PROBLEM_CODES.length);
  });

  test("a code this page does not know yet is still told as a sentence with a next step", () => {
    const problem = { code: "made_up_tomorrow", message: "It is full moon.", retryable: false };
    const { title, next } = describeError({ data: { problem } });
    expect(title).toMatch(/^[A-Z].*\.$/);
    expect(next).toMatch(/^[A-Z].*\.$/);
  });

  test("a request nobody answered says to check the connection", () => {
    const text = describeError(new TypeError("Failed to fetch"));
    expect(text.title).toBe("The server did not answer.");
    expect(isWorthRetrying(new TypeError("Failed to fetch"))).toBe(true);
  });

  test("anything else keeps its message for the copied detail only", () => {
    const text = describeError(new Error("boom at line 3"));
    expect(text.title).not.toContain("boom");
    expect(text.detail).toBe("boom at line 3");
    expect(isWorthRetrying(new Error("boom"))).toBe(false);
  });

  test("the routes that are not tRPC wrap the problem once more", () => {
    const problem = { code: "limit_exceeded", message: "Over 1 GB.", retryable: false };
    const text = describeError({ error: { message: "x", data: { httpStatus: 413, problem } } });
    expect(text.title).toBe("Over 1 GB.");
  });
});
