import { expect, test } from "vitest";
import { asWatchProblem } from "./watch.ts";

test.each([
  ["ENOSPC", "fs.inotify.max_user_watches"],
  ["EMFILE", "fs.inotify.max_user_instances"],
])("%s of a watch names the limit that an operator can raise", (code, limit) => {
  const problem = asWatchProblem(Object.assign(new Error(code), { code }));
  expect(problem).toMatchObject({ problem: { code: "limit_exceeded", details: { limit } } });
});

test("any other error stays unchanged", () => {
  const error = Object.assign(new Error("EIO"), { code: "EIO" });
  expect(asWatchProblem(error)).toBe(error);
});
