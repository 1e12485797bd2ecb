import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take more than a minute, longest first. docs/testing.md lists their times. */
const LONGEST = [
  "packages/services/src/volumes/store-matrix.integration.test.ts",
  "packages/backends/src/contract.integration.test.ts",
  "packages/backends/src/planted-faults.integration.test.ts",
  "packages/services/src/operations/crash.integration.test.ts",
  "apps/api/src/transfer-memory.integration.test.ts",
  "packages/services/src/operations/ec2-storm.integration.test.ts",
  "e2e/staging/data-persistence.integration.test.ts",
  "e2e/persistence/persistence.integration.test.ts",
  "packages/services/src/persistence-table.integration.test.ts",
  "packages/backends/src/ec2/ec2.integration.test.ts",
  "apps/api/src/data-directory.integration.test.ts",
  "apps/api/src/hostile-daemon.integration.test.ts",
];

/** A long file that starts last would leave the other workers idle. Without a cache Vitest starts with the largest files. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification) => {
      const at = LONGEST.findIndex((file) => moduleId.endsWith(file));
      return at === -1 ? LONGEST.length : at;
    };
    return sorted.toSorted((left, right) => rank(left) - rank(right));
  }
}
