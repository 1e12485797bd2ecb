import { describe, expect, test } from "vitest";
import { chooseFromContract, openedOnce } from "./testing/contract.ts";
import type { ContractHarness } from "./testing/contract-harness.ts";
import { findSubjectsForTests } from "./testing/find-subjects.ts";
import { PLANTED_FAULTS, type PlantedFault } from "./testing/planted-faults.ts";

// One subject per kind is enough, because no fault depends on the subject.
const { subjects } = await findSubjectsForTests(process.env);
const oneOfEach = subjects.filter(({ kind, name }) => kind === name);

describe.each(oneOfEach)("the contract turns red for a $name backend that", ({ kind, open }) => {
  const healthy = openedOnce(open);
  const faults = PLANTED_FAULTS.filter(({ noFaultOn }) => noFaultOn?.[kind] === undefined);
  describe.each(faults)("$name:", (fault) => {
    const openFaulty = openFaultyOnce(healthy, fault);
    chooseFromContract(openFaulty, Object.keys(fault.caughtBy), (sentence, body) =>
      test(sentence, async (context) => {
        const failure = await body(context).then(
          () => "nothing failed",
          (error: unknown) => String(error),
        );
        expect(failure).toMatch(fault.caughtBy[sentence] ?? /never/);
      }),
    );
  });
});

function openFaultyOnce(healthy: () => ContractHarness, { plant }: PlantedFault): () => ContractHarness {
  let openFaulty: ContractHarness | undefined;
  return () => {
    openFaulty ??= { ...healthy(), ...plant(healthy()) };
    return openFaulty;
  };
}
