import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type CommandResult, ROOT, runCommand } from "./run-command.ts";

interface BannedWord {
  pattern: RegExp;
  /** The words of the glossary (AGENTS.md, "Words") to use instead. */
  instead: string;
}

/** Words of an older vocabulary, in identifiers, comments, texts and file names. */
export const BANNED_WORDS: readonly BannedWord[] = [
  { pattern: /(?<![a-z/])bench(?!marks?\b|[/.-])\b|[a-z]Bench(?!mark)|\bBench(?!mark)/, instead: "harness, benchmark" },
  { pattern: /\bworlds?\b|(?<!\bHello, )World\b/, instead: "fixture, scenario" },
  { pattern: /(?<!back|fore)\bgrounds?\b|(?<!Back|Fore)Grounds?\b/, instead: "prerequisites, placement, scope" },
  { pattern: /\blooks?At|\blookAt|\bsecond look\b|\ba look\b/, instead: "poll, observe, view, check" },
  { pattern: /\bdoors?\b|[a-z]Door\b/, instead: "gateway, entrance" },
  { pattern: /\bwish(?:es|ed|Of\w*)?\b/i, instead: "request, pending command" },
  { pattern: /\bletGo|\blets? go of\b/, instead: "release" },
  { pattern: /\banew\b|[a-z]Anew\b/, instead: "again, new" },
  { pattern: /\b(?:said|told)\b|\bsaid-/i, instead: "log, report, message, output" },
  { pattern: /\bwhoever\b|\bsomebody\b|\bstands? for\b|\bc[oa]mes? round\b/i, instead: "the subject and its verb" },
  { pattern: /\bstrangers?\b|\bstragglers?\b|\bsightings?\b/i, instead: "untracked, stale, confirmation" },
  { pattern: /\bsurroundings\b|\bheirs?\b/i, instead: "context, successor" },
  { pattern: /\b(?:re)?dial(?:s|led|ling)?\b|[a-z]Dial(?:led)?\b|\bkeepDialled/i, instead: "connect" },
  {
    pattern: /\bconclud\w+|\bbringUp\b|\bmachineSpec\b|\bwantBrowse\b/,
    instead: "finish, start, instanceSpec, requestBrowse",
  },
  {
    pattern:
      /\b(?:an|the|its|no|every|whose|first|late|lost) answers?\b(?! is)|\bnot answer\b(?! a question)|\banswer(?:s|ed)? \d{3}\b|\b(?:const|let) \[?answers?\b(?! = 42)|[a-z]Answers?\b|\banswer[A-Z]/,
    instead: "response, result, respond, return",
  },
  { pattern: /\bof (?:its|their|our|his) own(?=[.,;:)"`]|$)/, instead: "its own, a separate" },
  {
    pattern: /\b(?:is|are|was) no (?:copy|fault|number|part|point|reason|reference)\b|\bthat (?:is|are) none\b/,
    instead: "is not",
  },
  { pattern: /\bfor nothing\b|\bthe like\b(?!lihood)|\bby now\b/, instead: "the plain statement" },
  { pattern: /\b(?:meanwhile|any more|as it is)(?=[.,;:)])/, instead: "in the meantime, no longer, unchanged" },
  { pattern: /\bwhatever (?:its|their|the) \w+(?=[.,;:)"`])/, instead: "regardless of, any" },
  { pattern: /\blies (?:at|below|beside|in|inside|next|on)\b/, instead: "is" },
  { pattern: /[a-z]Looks?\b|_LOOKS?\b|\blooks?Of\b/, instead: "style, label, mode" },
  { pattern: /\bdoomed\b|Doomed|\bhurry\b|\b[cC]omplaints?\b|\btrespass\w*/, instead: "deletion, retryNow, problem" },
];

/** Files that are not checked. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  "AGENTS.md": "its glossary lists these words",
  "scripts/words.ts": "the list itself",
  "scripts/words.test.ts": "the tests of the list",
};

/** Lines that are not checked, by a part of their text. */
const ALLOWED_LINES: readonly { text: RegExp; reason: string }[] = [
  { text: /"dials"/, reason: "replicas of other versions compute the same proof over this word" },
  { text: /hello, world/i, reason: "a text in a test" },
  {
    text: /(?:pnpm@12|pnpm) bench|apps\|bench|"bench"|Runs the bench/,
    reason: "the folder and the command of the benchmarks",
  },
];

const CHECKED = /^(?:packages|apps|e2e|bench|scripts|docs|[^/]+\.md$).*\.(?:tsx?|mjs|sh|py|grit|md)$|^[^/]+\.md$/;

export function findBannedWords(path: string, text: string): string[] {
  const lines = [path, ...text.split("\n")];
  return lines.flatMap((line, number) => {
    if (ALLOWED_LINES.some((allowed) => allowed.text.test(line))) return [];
    const found = BANNED_WORDS.find(({ pattern }) => pattern.test(line));
    if (!found) return [];
    const [word] = found.pattern.exec(line) ?? [];
    return [`${path}:${number || "name"}: "${word}" is not a word of the glossary. Use: ${found.instead}.`];
  });
}

/** Fails when a tracked file uses a banned word, or when no file was read. */
export async function checkWords(): Promise<CommandResult> {
  const listed = await runCommand(["git", "ls-files"], { cwd: ROOT });
  const files = listed.output.split("\n").filter((file) => CHECKED.test(file) && !(file in EXCEPTIONS));
  const texts = await Promise.all(
    files.map(async (file) => findBannedWords(file, await readFile(join(ROOT, file), "utf8").catch(() => ""))),
  );
  const found = texts.flat();
  const output = files.length === 0 ? "No file was read.\n" : found.map((line) => `${line}\n`).join("");
  return { ok: listed.ok && output === "", output, seconds: listed.seconds };
}
