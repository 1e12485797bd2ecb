import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median, percentile, round, saveResult } from "./report.ts";

const E2E = fileURLToPath(new URL("../../e2e/", import.meta.url));
const DOCUMENT = fileURLToPath(new URL("../../docs/canvas.md", import.meta.url));
const [BEGIN, END] = ["<!-- numbers -->", "<!-- /numbers -->"];

type Numbers = Record<string, number | number[]>;

interface Row {
  what: string;
  before: string;
  ours: (numbers: Numbers) => number;
  unit: string;
  most: number;
}

const one = (name: string) => (numbers: Numbers) => {
  const value = numbers[name];
  return typeof value === "number" ? value : Number.NaN;
};
const all = (numbers: Numbers, name: string): number[] => {
  const value = numbers[name];
  return Array.isArray(value) ? value : [];
};
const p95 = (name: string) => (numbers: Numbers) => round(percentile(all(numbers, name), 0.95), 1);

/** The rows of the table: the measurement of the previous canvas and the target for this one. */
const ROWS: Row[] = [
  {
    what: "requests caused by one drag of 20 moves, 6 nodes",
    before: "120",
    unit: "",
    most: 1,
    ours: one("drag of 20 moves, 6 nodes: requests"),
  },
  {
    what: "requests to the API in the first 5 s, 300 nodes",
    before: "1,200",
    unit: "",
    most: 15,
    ours: one("first 5 s, 300 nodes: requests"),
  },
  {
    what: "first node on screen, 300 nodes, median of 5 loads",
    before: "4.8 s",
    unit: "s",
    most: 1,
    ours: (numbers) => round(median(all(numbers, "first node on screen, 300 nodes: ms")) / 1000),
  },
  {
    what: "frame time while dragging, 300 nodes, p95",
    before: "449 ms",
    unit: "ms",
    most: 33.4,
    ours: p95("drag, 300 nodes: frame ms"),
  },
  {
    what: "frame time while panning, 1,000 nodes, p95",
    before: "not measured",
    unit: "ms",
    most: 33.4,
    ours: p95("pan, 1,000 nodes: frame ms"),
  },
  {
    what: "the same with all 1,000 in view",
    before: "not measured",
    unit: "ms",
    most: Number.POSITIVE_INFINITY,
    ours: p95("pan, 1,000 nodes all in view: frame ms"),
  },
  {
    what: "frame time while scrolling the list of 1,000, p95",
    before: "no list",
    unit: "ms",
    most: Number.POSITIVE_INFINITY,
    ours: p95("list of 1,000, scrolling: frame ms"),
  },
  { what: "DOM elements, 300 nodes", before: "6,475", unit: "", most: 2500, ours: one("300 nodes: DOM elements") },
  {
    what: "DOM elements, list of 1,000",
    before: "no list",
    unit: "",
    most: Number.POSITIVE_INFINITY,
    ours: one("list of 1,000: DOM elements"),
  },
  { what: "smallest text", before: "7 px", unit: "px", most: Number.NaN, ours: one("smallest text: px") },
  {
    what: "axe findings, serious or worse, four views with 1,000 workspaces",
    before: "9 to 13 a tab",
    unit: "",
    most: 0,
    ours: one("axe findings, serious or worse"),
  },
  {
    what: "first-load JavaScript, gzip",
    before: "337 kB",
    unit: "kB",
    most: 250,
    ours: (numbers) => round(one("first-load JavaScript: bytes, gzip")(numbers) / 1000, 0),
  },
];

const SMALLEST_TEXT_PIXELS = 12;
const isMet = ({ most }: Row, value: number): boolean =>
  Number.isNaN(most) ? value >= SMALLEST_TEXT_PIXELS : value <= most;

/** Measures the canvas in a browser with 6, 300 and 1,000 workspaces, and writes the table of docs/canvas.md. */
export async function canvas(): Promise<void> {
  const numbers = await measure();
  const rows = ROWS.map((row) => ({ ...row, value: row.ours(numbers) }));
  const missed = rows.filter((row) => !isMet(row, row.value));
  saveResult({
    name: "canvas",
    target: "every row of the table in docs/canvas.md",
    figure: missed.length,
    met: missed.length === 0,
    summary: Object.fromEntries(rows.map(({ what, value, unit }) => [what, `${value} ${unit}`.trim()])),
    raw: Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, [value].flat()])),
  });
  await writeTable(rows);
}

async function measure(): Promise<Numbers> {
  const scratch = await mkdtemp(join(tmpdir(), "berth-bench-"));
  const file = join(scratch, "canvas.json");
  try {
    const child = spawn(join(E2E, "node_modules/.bin/playwright"), ["test", "--project=perf"], {
      cwd: E2E,
      env: { ...process.env, BERTH_PERF: file },
      stdio: ["ignore", "inherit", "inherit"],
    });
    const [code] = await once(child, "exit");
    if (code !== 0) throw new Error(`Playwright ended with ${code}.`);
    return JSON.parse(await readFile(file, "utf8"));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function writeTable(rows: readonly (Row & { value: number })[]): Promise<void> {
  const text = await readFile(DOCUMENT, "utf8");
  const lines = rows.map(
    (row) =>
      `| ${row.what} | ${row.before} | ${goalOf(row)} | ${format(row.value)}${row.unit && ` ${row.unit}`}${isMet(row, row.value) ? "" : " (missed)"} |`,
  );
  const table = ["| what | before | at most | measured |", "|---|---|---|---|", ...lines].join("\n");
  const [head, rest] = text.split(BEGIN);
  const tail = rest?.split(END)[1];
  if (head === undefined || tail === undefined) throw new Error(`docs/canvas.md has no ${BEGIN} … ${END}.`);
  await writeFile(DOCUMENT, `${head}${BEGIN}\n${table}\n${END}${tail}`);
}

function goalOf({ most, unit }: Row): string {
  if (Number.isNaN(most)) return `${SMALLEST_TEXT_PIXELS} px at least`;
  return Number.isFinite(most) ? `${format(most)}${unit && ` ${unit}`}` : "";
}

const format = (value: number): string => value.toLocaleString("en");
