import { describe, expect, test } from "vitest";
import { BACKENDS_UNDER_TEST } from "./backends-under-test.ts";
import { provePersistence } from "./prove-persistence.ts";

// A short run. `node e2e/persistence/prove.ts --restarts 50` is the full one.
const SHORT = { restarts: 6, pauses: 1, hibernations: 1, kills: 2 };

describe.each(BACKENDS_UNDER_TEST)("a real project on the $backend backend", (subject) => {
  const skipNote = subject.skipped === null ? "" : ` (skipped: ${subject.skipped})`;
  test.skipIf(subject.skipped !== null)(
    `keeps every byte across restarts, pauses, hibernations and API crashes${skipNote}`,
    async () => {
      const proof = await provePersistence({ ...SHORT, ...subject.options });
      expect(proof.entries).toBeGreaterThan(100);
      expect(proof.comparedThroughApi).toBeGreaterThan(SHORT.kills + SHORT.pauses + SHORT.hibernations);
    },
    300_000,
  );
});
