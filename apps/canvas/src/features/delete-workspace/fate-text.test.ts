import { expect, test } from "vitest";
import { describeFate } from "./fate-text.ts";

const deletion = { id: "w", name: "a", status: "online" as const, fate: "grace" as const };

test.each([
  [72, "3 days"],
  [36, "36 hours"],
  [1, "1 hour"],
])("a grace time of %i hours is worded consistently: %s", (graceHours, words) => {
  const volume = { id: "v", sizeBytes: 2_000 };
  expect(describeFate({ ...deletion, volume }, graceHours)).toBe(
    `Its data (2.0 kB) is kept for ${words}, then erased.`,
  );
});
