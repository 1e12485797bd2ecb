import { expect, test } from "vitest";
import { askedBy } from "./asked-by.ts";

const TOKEN = "token:9f0c5a3e-0000-4000-8000-000000000001";
const REVOKED_AT = "2026-03-01T12:00:00.000Z";

test.each([
  ["owner", null, "The owner"],
  [TOKEN, { name: "nightly", revokedAt: null }, "Token “nightly”"],
  [TOKEN, { name: "nightly", revokedAt: REVOKED_AT }, "Token “nightly” (revoked since)"],
  [TOKEN, null, "An unknown token (9f0c5a3e-0000-4000-8000-000000000001)"],
  ["berth: the grace time has ended", null, "Berth: the grace time has ended"],
  ["an earlier requester", null, "an earlier requester"],
])("%s with %j reads %s", (requestedBy, requestedByToken, text) => {
  expect(askedBy({ requestedBy, requestedByToken })).toBe(text);
});
