import { afterAll, beforeAll, describe, test } from "vitest";
import type { ContractBench, ContractSubject, Current, Shows } from "./contract-bench.ts";
import { servesFiles } from "./contract-files.ts";
import { fenced, idempotent, keepsAndWipes, leavesVolumes } from "./contract-lifecycle.ts";
import { erases, onlyOurs, refuses, unknownIsNotAbsent } from "./contract-limits.ts";
import { observesAndListens } from "./contract-observe.ts";
import { checksItsStore, keepsManifests, keepsVolumesWhole } from "./contract-store.ts";
import { handsOverTokens } from "./contract-token.ts";

/** The promises of `backend.ts`, one group each, followed by what instances show and serve. */
const PROMISES: Readonly<Record<string, (current: Current, shows: Shows) => void>> = {
  "1. is idempotent": idempotent,
  "2. fences by incarnation": fenced,
  "3. leaves volumes alone when it destroys": leavesVolumes,
  "4. keeps on stop, wipes on destroy": keepsAndWipes,
  "5. never takes unknown for absent": unknownIsNotAbsent,
  "6. erases, and proves it by a second look": erases,
  "7. touches only what is ours": onlyOurs,
  "8. refuses what it cannot do": refuses,
  "9. checks the identity of its store": checksItsStore,
  "10. keeps volumes whole": keepsVolumesWhole,
  "11. keeps a manifest next to the data": keepsManifests,
  "12. hands over a token for one start": handsOverTokens,
  "says what it sees": observesAndListens,
  "serves files": servesFiles,
};

/** Tests every promise of `backend.ts` over a real tunnel with real daemons. */
export function describeContract({ name, kind, open }: ContractSubject): void {
  describe(`the ${name} backend`, () => {
    const current = openedOnce(open);
    for (const [title, promise] of Object.entries(PROMISES)) {
      describe(title, () =>
        promise(current, (features, sentence, body) =>
          // oxlint-disable-next-line jest/expect-expect -- the assertions are in the promise that is handed in.
          test(sentence, { meta: { contract: { features, subject: name, kind } } }, body),
        ),
      );
    }
  });
}

/** Registers only the tests with these sentences. @throws Error when a sentence does not exist. */
export function chooseFromContract(current: Current, sentences: readonly string[], register: Shows): void {
  const missing = new Set(sentences);
  const choose: Shows = (features, sentence, body) => {
    if (missing.delete(sentence)) register(features, sentence, body);
  };
  for (const promise of Object.values(PROMISES)) promise(current, choose);
  if (missing.size > 0) throw new Error(`The contract has no such sentence: ${[...missing].join("; ")}`);
}

/** Opening a harness may boot instances in a new account on a busy host. */
const OPENED_MS_MAX = 180_000;

/** Covers the removal of everything that some fifty tests have left running. */
const TAKEN_AWAY_MS_MAX = 180_000;

/** Opens one harness for the tests of a `describe`. */
export function openedOnce<B extends ContractBench>(open: () => Promise<B>): () => B {
  let bench: B | undefined;
  beforeAll(async () => {
    bench = await open();
  }, OPENED_MS_MAX);
  afterAll(() => bench?.[Symbol.asyncDispose](), TAKEN_AWAY_MS_MAX);
  return () => {
    if (!bench) throw new Error("There is a bench only while tests run.");
    return bench;
  };
}
