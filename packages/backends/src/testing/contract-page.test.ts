import { readFileSync } from "node:fs";
import { BACKEND_KINDS, type BackendKind, type Capabilities } from "@berth/domain";
import type { RunnerTask, TaskMeta } from "vitest";
import { describe, expect, test } from "vitest";
import { DECIDED_BEFORE, readRun, writePage } from "./contract-page.ts";

type Contract = NonNullable<TaskMeta["contract"]>;

/** A finished contract test as vitest represents it. */
const ran = (
  kind: BackendKind,
  sentence: string,
  { state = "pass", note, refusal, group = "1. first", subject = kind as string }: Record<string, string> = {},
) =>
  ({
    type: "test",
    name: sentence,
    suite: { name: group },
    meta: { contract: { subject, kind } as Contract, ...(refusal && { refusal }) },
    result: state === "" ? undefined : { state, note },
  }) as unknown as RunnerTask;

const everywhere = (sentence: string): RunnerTask[] => BACKEND_KINDS.map((kind) => ran(kind, sentence));

const NOTHING: Capabilities = {
  isolation: false,
  resourceLimits: false,
  ownMachine: false,
  pause: true,
  browseStopped: false,
  homeSnapshot: false,
  images: false,
  bootLog: true,
};
const capabilities = { local: NOTHING, docker: NOTHING, ec2: NOTHING, memory: NOTHING };
const pageOf = (tasks: RunnerTask[], before = "", unavailable = new Map<BackendKind, string>()) =>
  writePage(readRun(tasks, unavailable), capabilities, before);

describe("the page of backends", () => {
  test("has a row per sentence in the order of the suite, with each outcome", () => {
    const page = pageOf([
      ...everywhere("is kept"),
      ran("local", "is asked", { group: "2. second", refusal: "No | never." }),
      ran("docker", "is asked", { group: "2. second" }),
      ran("ec2", "is asked", { group: "2. second", state: "skip", note: "there is none" }),
      ran("memory", "is asked", { group: "2. second" }),
    ]);
    const rows = page.split("\n").filter((line) => /\| is (kept|asked) \|/.test(line));
    expect(rows).toEqual([
      "| 1. first | is kept | yes | yes | yes | yes |",
      "| 2. second | is asked | refused: “No \\| never.” | yes | does not apply: there is none | yes |",
    ]);
  });

  test("changes when an outcome changes", () => {
    const tasks = everywhere("is kept");
    const before = pageOf(tasks);
    expect(pageOf(tasks, before)).toBe(before);
    tasks[0] = ran("local", "is kept", { refusal: "Not here." });
    expect(pageOf(tasks, before)).not.toBe(before);
  });

  test("keeps the existing cells of kinds that were not run, and never invents any", () => {
    const before = pageOf([...everywhere("is kept"), ran("docker", "is asked", { refusal: "No | never." })]);
    const unavailable = new Map([["docker" as const, "No engine is reachable."]]);
    const some = [ran("local", "is kept"), ran("ec2", "is kept"), ran("memory", "is kept"), ran("local", "is new")];
    const page = pageOf([...some, ran("local", "is asked")], before, unavailable);
    expect(page).toContain("| is kept | yes | yes | yes | yes |");
    expect(page).toContain("| is asked | yes | refused: “No \\| never.” | not tried yet | not tried yet |");
    expect(page).toContain("| is new | yes | not tried yet | not tried yet | not tried yet |");
  });

  test("treats a partial run of a backend as not run, and reports failed tests", () => {
    const run = readRun([ran("local", "is kept"), ran("local", "is left out", { state: "" })], new Map());
    expect([...run.notTried.keys()]).toEqual(["local"]);
    expect(readRun([ran("ec2", "is kept", { state: "fail" })], new Map()).failed).toEqual(["ec2: is kept"]);
  });

  test("shows the worse result of two subjects of one kind", () => {
    const refused = ran("local", "is kept", { refusal: "No." });
    const kept = ran("local", "is kept", { subject: "the other way" });
    for (const tasks of [
      [refused, kept],
      [kept, refused],
    ]) {
      expect(readRun(tasks, new Map()).rows[0]?.cells.local).toBe("refused: “No.”");
    }
  });

  test.each(DECIDED_BEFORE)("$sentence: names an existing test", (shown) => {
    const source = readFileSync(new URL(`../../../../${shown.file}`, import.meta.url), "utf8");
    expect(source).toContain(`"${shown.test}"`);
    expect(pageOf([])).toContain(`| ${shown.sentence} | \`${shown.file}\` |`);
  });
});
