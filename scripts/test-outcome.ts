export interface FileTime {
  file: string;
  seconds: number;
}

/** The result of one part of the test run. */
export interface Outcome {
  name: string;
  passed: number;
  failed: number;
  skipped: number;
  seconds: number;
  /** Its slow test files. */
  files: FileTime[];
  /** One sentence each: what failed, what was skipped and why. */
  notes: string[];
}

export const outcome = (name: string, fields: Partial<Outcome> = {}): Outcome => ({
  name,
  passed: 0,
  failed: 0,
  skipped: 0,
  seconds: 0,
  files: [],
  notes: [],
  ...fields,
});

/** A part that this host cannot run. It counts as one skipped test, or as one failed test when it is required. */
export function notRun(name: string, reason: string, isRequired: boolean): Outcome {
  if (!isRequired) return outcome(name, { skipped: 1, notes: [`Skipped: ${reason}`] });
  return outcome(name, { failed: 1, notes: [`Failed: BERTH_TEST_REQUIRE requires it, but ${reason}`] });
}

/** The summary table. Its last line has a fixed format for programs. */
export function describeOutcomes(outcomes: Outcome[]): string {
  const sum = (field: "passed" | "failed" | "skipped"): number =>
    outcomes.reduce((total, part) => total + part[field], 0);
  const rows = outcomes.map(({ name, passed, failed, skipped, seconds }) =>
    [name.padEnd(14), column(passed), column(failed), column(skipped), column(`${seconds.toFixed(0)} s`)].join(""),
  );
  const header = ["".padEnd(14), column("passed"), column("failed"), column("skipped"), column("time")].join("");
  const slowest = outcomes
    .flatMap(({ files }) => files)
    .toSorted((left, right) => right.seconds - left.seconds)
    .slice(0, SLOWEST_SHOWN)
    .map(({ file, seconds }) => `${column(`${seconds.toFixed(0)} s`)}  ${file}`);
  const notes = outcomes.flatMap((part) => part.notes.map((note) => `${part.name}: ${note}`));
  const last = `${sum("passed")} passed, ${sum("failed")} failed, ${sum("skipped")} skipped`;
  const files = slowest.length > 0 ? ["", `The ${slowest.length} slowest test files:`, ...slowest] : [];
  return ["", header, ...rows, ...files, "", ...notes, ...(notes.length > 0 ? [""] : []), last].join("\n");
}

/** Listed with their time, so that a slow test is noticed. */
const SLOWEST_SHOWN = 20;

const column = (value: string | number): string => String(value).padStart(10);
