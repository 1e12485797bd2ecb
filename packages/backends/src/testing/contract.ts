import { afterAll, beforeAll, describe, test } from "vitest";
import { servesFiles } from "./contract-files.ts";
import type { ContractHarness, ContractSubject, CurrentHarness, Promised } from "./contract-harness.ts";
import { fenced, idempotent, keepsAndWipes, leavesVolumes } from "./contract-lifecycle.ts";
import { erases, onlyOurs, refuses, unknownIsNotAbsent } from "./contract-limits.ts";
import { observesAndListens } from "./contract-observe.ts";
import { checksItsStore, keepsManifests, keepsVolumesWhole } from "./contract-store.ts";
import { renewsTokens } from "./contract-token.ts";

/** The promises of `backend.ts`, one group each, followed by what instances report and serve. */
const PROMISES: Readonly<Record<string, (current: CurrentHarness, shows: Promised) => void>> = {
  "1. is idempotent": idempotent,
  "2. fences by incarnation": fenced,
  "3. keeps volumes when it destroys instances": leavesVolumes,
  "4. keeps the disk on stop, wipes it on destroy": keepsAndWipes,
  "5. never reports unknown as absent": unknownIsNotAbsent,
  "6. erases, and proves it with a separate check": erases,
  "7. changes only resources of its installation": onlyOurs,
  "8. rejects what it does not support": refuses,
  "9. checks the identity of its store": checksItsStore,
  "10. never starts on a partial volume": keepsVolumesWhole,
  "11. keeps a manifest next to the data": keepsManifests,
  "12. gives each start its own token": renewsTokens,
  "reports what it observes": observesAndListens,
  "serves files": servesFiles,
};

/** Tests every promise of `backend.ts` over a real tunnel with real daemons. */
export function describeContract({ name, kind, open }: ContractSubject): void {
  describe(`the ${name} backend`, () => {
    const current = openedOnce(open);
    for (const [title, promise] of Object.entries(PROMISES)) {
      describe(title, () =>
        promise(current, (sentence, body) =>
          // oxlint-disable-next-line jest/expect-expect -- the assertions are in the promise that is passed in.
          test(sentence, { meta: { contract: { subject: name, kind } } }, body),
        ),
      );
    }
  });
}

/** Registers only the tests with these sentences. @throws Error when a sentence does not exist. */
export function chooseFromContract(current: CurrentHarness, sentences: readonly string[], register: Promised): void {
  const missing = new Set(sentences);
  const choose: Promised = (sentence, body) => {
    if (missing.delete(sentence)) register(sentence, body);
  };
  for (const promise of Object.values(PROMISES)) promise(current, choose);
  if (missing.size > 0) throw new Error(`The contract has no such sentence: ${[...missing].join("; ")}`);
}

/** Enough to boot instances in a new account on a busy host. */
const OPENED_MS_MAX = 180_000;

/** Enough to remove everything that about fifty tests have left running. */
const TAKEN_AWAY_MS_MAX = 180_000;

/** Opens one harness for the tests of a `describe`. */
export function openedOnce<B extends ContractHarness>(open: () => Promise<B>): () => B {
  let harness: B | undefined;
  beforeAll(async () => {
    harness = await open();
  }, OPENED_MS_MAX);
  afterAll(() => harness?.[Symbol.asyncDispose](), TAKEN_AWAY_MS_MAX);
  return () => {
    if (!harness) throw new Error("There is a harness only while tests run.");
    return harness;
  };
}
