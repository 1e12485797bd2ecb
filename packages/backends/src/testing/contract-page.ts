import { BACKEND_KINDS, type BackendKind, type Capabilities } from "@berth/domain";
import type { RunnerTask } from "vitest";

/** The results of a run of the contract suite. */
export interface ContractRun {
  rows: readonly Row[];
  /** Why a kind was not run, or only in part. Its results are then not reported. */
  notTried: ReadonlyMap<BackendKind, string>;
  failed: readonly string[];
}

interface Row {
  features: string;
  sentence: string;
  cells: Partial<Record<BackendKind, string>>;
}

/** Reads the results of the contract tests in a file, of which at most the calling test still runs. */
export function readRun(tasks: readonly RunnerTask[], reasons: ReadonlyMap<BackendKind, string>): ContractRun {
  const rows = new Map<string, Row>();
  const notTried = new Map(reasons);
  const failed: string[] = [];
  for (const task of allTests(tasks)) {
    const { contract, refusal } = task.meta;
    if (!contract) continue;
    const { features, kind, subject } = contract;
    const row = rows.get(task.name) ?? { features, sentence: task.name, cells: {} };
    rows.set(task.name, row);
    const outcome = outcomeOf(task, refusal);
    if (outcome === "failed") failed.push(`${subject}: ${task.name}`);
    if (outcome === null) notTried.set(kind, "Not all of its tests were run.");
    // A kind with two subjects shows the worse of the two results.
    else if (row.cells[kind] === undefined || row.cells[kind] === YES) row.cells[kind] = outcome;
  }
  return { rows: [...rows.values()].sort(byFeature), notTried, failed };
}

/** Sorts A2 before A10, and otherwise keeps the order of the suite. */
const byFeature = (left: Row, right: Row): number =>
  left.features.localeCompare(right.features, "en", { numeric: true });

const YES = "yes";

function outcomeOf({ result }: RunnerTask, refusal: string | undefined): string | null {
  const { state, note } = (result ?? {}) as { state?: string; note?: string };
  if (state === "pass") return refusal === undefined ? YES : `refused: “${refusal}”`;
  if (state === "fail") return "failed";
  return note === undefined ? null : `does not apply: ${note}`;
}

const allTests = (tasks: readonly RunnerTask[]): RunnerTask[] =>
  tasks.flatMap((task) => (task.type === "suite" ? allTests(task.tasks) : [task]));

const CAPABILITIES: Record<keyof Capabilities, string> = {
  isolation: "Workspaces see neither each other nor the host",
  resourceLimits: "A tier's CPU and memory limits are enforced",
  ownMachine: "Every workspace has a machine of its own, so the default tier is 4",
  pause: "Pause and resume",
  browseStopped: "Files of a stopped workspace",
  homeSnapshot: "Snapshots of `$HOME`",
  images: "`compute.image`",
  bootLog: "Boot log",
};

/** Features that do not depend on the backend, each with the test that proves it. */
export const DECIDED_BEFORE = [
  {
    feature: "A7",
    sentence: "machines are reached through one module; a way round it fails the build",
    file: "scripts/boundaries.test.ts",
    test: "a planted violation is reported where it stands",
  },
  {
    feature: "A13",
    sentence: "that a restart is required is computed from what runs and what is set",
    file: "packages/services/src/operations/lifecycle.integration.test.ts",
    test: "of an instance require a restart, which applies them; name and role do not",
  },
  {
    feature: "A14",
    sentence: "a machine is let in from the moment it is asked for",
    file: "packages/services/src/access/instance-boot.integration.test.ts",
    test: "an instance can enrol and get its daemon's token before the backend has answered the provision call",
  },
  {
    feature: "B1",
    sentence: "a `dataPersistence` that is none of the three is refused first",
    file: "apps/api/src/errors.integration.test.ts",
    test: "names the three values of dataPersistence, and nothing is written",
  },
  {
    feature: "B2",
    sentence: "what `auto` means is resolved and told",
    file: "packages/domain/src/workspace/persistence.test.ts",
    test: "the meaning of a setting",
  },
  {
    feature: "C2",
    sentence: "the server checks the name that was typed",
    file: "packages/services/src/operations/delete.integration.test.ts",
    test: "requires the exact name as confirmation",
  },
  {
    feature: "I1",
    sentence: "the boundaries of a start are in the log",
    file: "packages/services/src/operations/boundaries.integration.test.ts",
    test: "logs the boundaries of a start and a restart once each, in order",
  },
] as const;

/**
 * Renders `docs/backends.md`. Kinds that were not run keep their cells from `before`, the current page, because a run
 * with only some of the backends proves nothing about the others.
 */
export function writePage(
  { rows, notTried }: ContractRun,
  capabilities: Readonly<Record<BackendKind, Capabilities>>,
  before: string,
): string {
  const earlier = readCells(before);
  const cellOf = ({ sentence, cells }: Row, kind: BackendKind): string =>
    (notTried.has(kind) ? earlier.get(`${sentence}|${kind}`) : cells[kind]) ?? "not tried yet";
  const page = [
    "# What each backend does",
    "",
    "Written by the contract suite's run (`packages/backends/src/contract.integration.test.ts`), never by hand: every line is a test that",
    "runs on each backend's real machines, and a run that comes to something else fails. To write it anew, where Docker and the machines",
    "of EC2's test bench are at hand: `vitest run --project integration packages/backends/src/contract.integration.test.ts -u`.",
    "",
    "`yes` is a test that passed. `refused` is one in which the backend said no, with the words people get. `does not apply` says why.",
    "The letters: A lifecycle, B data, C erasing, D files, E backends, I operations.",
    "",
    table(
      ["feature", "what was shown", ...BACKEND_KINDS],
      rows.map((row) => [row.features, row.sentence, ...BACKEND_KINDS.map((kind) => cellOf(row, kind))]),
    ),
    "",
    "## What each says of itself",
    "",
    "As `system.info` answers it. The canvas and the procedures go by it: what is `no` here is not offered, or refused with",
    "`unsupported_by_backend` before anything is written.",
    "",
    table(
      ["", ...BACKEND_KINDS],
      Object.entries(CAPABILITIES).map(([name, says]) => [
        says,
        ...BACKEND_KINDS.map((kind) => (capabilities[kind][name as keyof Capabilities] ? YES : "no")),
      ]),
    ),
    "",
    "## What is decided before any backend",
    "",
    "No backend has a part in these, so they are the same on each.",
    "",
    table(
      ["feature", "what is shown", "by"],
      DECIDED_BEFORE.map(({ feature, sentence, file }) => [feature, sentence, `\`${file}\``]),
    ),
  ];
  return `${page.join("\n")}\n`;
}

const table = (head: readonly string[], lines: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...lines].map((cells) => `| ${cells.map(escapeCell).join(" | ")} |`).join("\n");

const escapeCell = (text: string): string => text.replaceAll("|", "\\|");

/** The cells of the first table of a page, by sentence and kind. */
function readCells(page: string): Map<string, string> {
  const cells = new Map<string, string>();
  for (const line of page.split("\n")) {
    const [, , sentence, ...outcomes] = line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
    if (sentence === undefined || outcomes.length !== BACKEND_KINDS.length + 1) continue;
    for (const [index, kind] of BACKEND_KINDS.entries()) cells.set(`${sentence}|${kind}`, outcomes[index] ?? "");
  }
  return cells;
}
