import { afterAll, beforeAll, describe } from "vitest";
import type { ContractBench, ContractSubject } from "./contract-bench.ts";
import { fenced, idempotent, keepsAndWipes, leavesVolumes } from "./contract-life.ts";
import { erases, onlyOurs, refuses, unknownIsNotAbsent } from "./contract-limits.ts";
import { observesAndListens } from "./contract-sight.ts";

/** Holds a backend to every promise of `backend.ts`, over a real tunnel to real daemons. */
export function describeContract({ name, open }: ContractSubject): void {
  describe(`the ${name} backend`, () => {
    let bench: ContractBench;
    beforeAll(async () => {
      bench = await open();
    });
    afterAll(() => bench?.[Symbol.asyncDispose]());
    const current = () => bench;

    describe("1. is idempotent", () => idempotent(current));
    describe("2. fences by incarnation", () => fenced(current));
    describe("3. leaves volumes alone when it destroys", () => leavesVolumes(current));
    describe("4. keeps on stop, wipes on destroy", () => keepsAndWipes(current));
    describe("5. never takes unknown for absent", () => unknownIsNotAbsent(current));
    describe("6. erases, and proves it by a second look", () => erases(current));
    describe("7. touches only what is ours", () => onlyOurs(current));
    describe("8. refuses what it cannot do", () => refuses(current));
    describe("says what it sees", () => observesAndListens(current));
  });
}
