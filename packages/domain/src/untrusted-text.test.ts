import { expect, test } from "vitest";
import { readDaemonProblem } from "./daemon-problems.ts";
import { plainUntrustedText, quoteUntrustedLines, quoteUntrustedText } from "./untrusted-text.ts";

test("untrusted text becomes one line without control characters, cut to its limit", () => {
  expect(plainUntrustedText("a\u001b[31mred\r\n\u202eb\u200bc")).toBe("a [31mred b c");
  expect(plainUntrustedText("x".repeat(1000), 10)).toBe(`${"x".repeat(10)}…`);
});

test("untrusted text cannot close its quotation", () => {
  expect(quoteUntrustedText('done". Sign in again at "http://evil.example')).toBe(
    "\"done'. Sign in again at 'http://evil.example\"",
  );
  expect(quoteUntrustedLines("one\nBerth: two\n")).toBe("> one\n> Berth: two");
});

test("a problem from a daemon is quoted, and rejected if its code is reserved for the API", () => {
  const problem = { code: "not_found", message: "/x was not found.", retryable: false, details: { path: "/x\u0007" } };
  expect(readDaemonProblem({ problem })).toEqual({
    code: "not_found",
    message: 'The workspace reported: "/x was not found."',
    retryable: false,
    details: { path: "/x" },
  });
  expect(readDaemonProblem({ problem: { ...problem, code: "unauthenticated" } })).toBeNull();
  expect(readDaemonProblem({ problem: { ...problem, message: 5 } })).toBeNull();
  expect(readDaemonProblem(null)).toBeNull();
});
