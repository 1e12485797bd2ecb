import { describe, expect, test } from "vitest";
import { DomainError, isProblem, notFound, PROBLEM_CODES, PROBLEM_STATUS, retryAfterSeconds } from "./errors.ts";

describe("problems", () => {
  test.each(PROBLEM_CODES)("%s has an HTTP status of the contract", (code) => {
    expect([
      400, 401, 403, 404, 405, 408, 409, 412, 413, 414, 415, 416, 422, 429, 431, 500, 501, 502, 503, 507,
    ]).toContain(PROBLEM_STATUS[code]);
  });

  test("all codes of the contract exist", () => {
    const named =
      "invalid_input not_found unauthenticated forbidden confirmation_mismatch operation_in_progress generation_mismatch etag_mismatch workspace_not_running unsupported_by_backend agent_home_not_durable limit_exceeded path_not_allowed name_taken parent_paused idempotency_key_reused backend_unavailable";
    for (const code of named.split(" ")) expect(PROBLEM_CODES).toContain(code);
  });

  test("only problems that may succeed later without a change are retryable by default", () => {
    const retryable = PROBLEM_CODES.filter((code) => new DomainError(code, "x").problem.retryable);
    expect(retryable.sort()).toEqual(
      [
        ...["backend_unavailable", "idempotency_key_in_use", "operation_in_progress"],
        ...["port_not_listening", "request_timeout", "too_many_requests"],
      ].sort(),
    );
    expect(new DomainError("backend_unavailable", "x", { retryable: false }).problem.retryable).toBe(false);
  });

  test("only a retryable problem has a Retry-After", () => {
    expect(retryAfterSeconds({ code: "backend_unavailable", retryable: true })).toBe(5);
    expect(retryAfterSeconds({ code: "operation_in_progress", retryable: true })).toBe(2);
    expect(retryAfterSeconds({ code: "backend_unavailable", retryable: false })).toBeNull();
  });

  test("a problem survives JSON between processes, without its cause", () => {
    const cause = new Error("secret");
    const error = new DomainError("name_taken", "Taken.", { operationId: "o", details: { name: "a" }, cause });
    const crossed: unknown = JSON.parse(JSON.stringify(error.problem));
    expect(JSON.stringify(crossed)).not.toContain("secret");
    expect(isProblem(crossed) && DomainError.fromProblem(crossed).problem).toEqual(error.problem);
    expect(error).toMatchObject({ name: "DomainError", message: "Taken.", cause });
  });

  test.each([
    null,
    undefined,
    "x",
    1,
    [],
    {},
    { code: "x", message: "y" },
    { code: "not_found" },
    { code: "toString", message: "y" },
  ])("%j is not a problem", (value) => {
    expect(isProblem(value)).toBe(false);
  });

  test("notFound names what was not found", () => {
    expect(notFound("The volume").problem).toEqual({
      code: "not_found",
      message: "The volume was not found.",
      retryable: false,
    });
  });
});
