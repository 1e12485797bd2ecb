import { expect, test } from "vitest";
import { waitFor } from "./wait.ts";

const TIMINGS = { pollMs: 1, visibleWithinMs: 10, waitMsMax: 5_000 };
const waiting = (poll: () => Promise<string | null>) => waitFor(poll, { timings: TIMINGS, until: "responded" });
const awsError = (name: string, httpStatusCode: number) =>
  Object.assign(new Error(name), { name, $metadata: { httpStatusCode } });

/** Throws one of these errors per poll, and then returns a value. */
function after(...errors: readonly Error[]) {
  const left = [...errors];
  return async () => {
    const error = left.shift();
    if (error) throw error;
    return "found";
  };
}

test("a few failed polls do not end the wait", async () => {
  const throttled = awsError("RequestLimitExceeded", 400);
  const silent = Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
  expect(await waiting(after(throttled, awsError("InternalError", 500), silent))).toBe("found");
});

test("a persistent failure is thrown after five polls", async () => {
  const broken = Array.from({ length: 9 }, () => awsError("InternalError", 500));
  await expect(waiting(after(...broken))).rejects.toBe(broken[4]);
});

test("a refusal is thrown at once", async () => {
  const refused = awsError("UnauthorizedOperation", 403);
  await expect(waiting(after(refused))).rejects.toBe(refused);
});
