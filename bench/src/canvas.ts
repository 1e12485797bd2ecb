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
  metric: string;
  previous: string;
  measure: (numbers: Numbers) => number;
  unit: string;
  max: number;
}

const single = (name: string) => (numbers: Numbers) => {
  const value = numbers[name];
  return typeof value === "number" ? value : Number.NaN;
};
const samplesOf = (numbers: Numbers, name: string): number[] => {
  const value = numbers[name];
  return Array.isArray(value) ? value : [];
};
const p95 = (name: string) => (numbers: Numbers) => round(percentile(samplesOf(numbers, name), 0.95), 1);

/** The rows of the table: the measurement of the previous canvas and the target for this one. */
const ROWS: Row[] = [
  {
    metric: "requests caused by one drag of 20 moves, 6 nodes",
    previous: "120",
    unit: "",
    max: 1,
    measure: single("drag of 20 moves, 6 nodes: requests"),
  },
  {
    metric: "requests to the API in the first 5 s, 300 nodes",
    previous: "1,200",
    unit: "",
    max: 15,
    measure: single("first 5 s, 300 nodes: requests"),
  },
  {
    metric: "first node on screen, 300 nodes, median of 5 loads",
    previous: "4.8 s",
    unit: "s",
    max: 1,
    measure: (numbers) => round(median(samplesOf(numbers, "first node on screen, 300 nodes: ms")) / 1000),
  },
  {
    metric: "frame time while dragging, 300 nodes, p95",
    previous: "449 ms",
    unit: "ms",
    max: 33.4,
    measure: p95("drag, 300 nodes: frame ms"),
  },
  {
    metric: "frame time while panning, 1,000 nodes, p95",
    previous: "not measured",
    unit: "ms",
    max: 33.4,
    measure: p95("pan, 1,000 nodes: frame ms"),
  },
  {
    metric: "the same with all 1,000 in view",
    previous: "not measured",
    unit: "ms",
    max: Number.POSITIVE_INFINITY,
    measure: p95("pan, 1,000 nodes all in view: frame ms"),
  },
  {
    metric: "frame time while scrolling the list of 1,000, p95",
    previous: "no list",
    unit: "ms",
    max: Number.POSITIVE_INFINITY,
    measure: p95("list of 1,000, scrolling: frame ms"),
  },
  {
    metric: "DOM elements, 300 nodes",
    previous: "6,475",
    unit: "",
    max: 2500,
    measure: single("300 nodes: DOM elements"),
  },
  {
    metric: "DOM elements, list of 1,000",
    previous: "no list",
    unit: "",
    max: Number.POSITIVE_INFINITY,
    measure: single("list of 1,000: DOM elements"),
  },
  { metric: "smallest text", previous: "7 px", unit: "px", max: Number.NaN, measure: single("smallest text: px") },
  {
    metric: "axe findings, serious or worse, four views with 1,000 workspaces",
    previous: "9 to 13 a tab",
    unit: "",
    max: 0,
    measure: single("axe findings, serious or worse"),
  },
  {
    metric: "first-load JavaScript, gzip",
    previous: "337 kB",
    unit: "kB",
    max: 250,
    measure: (numbers) => round(single("first-load JavaScript: bytes, gzip")(numbers) / 1000, 0),
  },
];

const SMALLEST_TEXT_PIXELS = 12;
const isMet = ({ max }: Row, value: number): boolean =>
  Number.isNaN(max) ? value >= SMALLEST_TEXT_PIXELS : value <= max;

/** Measures the canvas in a browser with 6, 300 and 1,000 workspaces, and writes the table of docs/canvas.md. */
export async function canvas(): Promise<void> {
  const numbers = await measure();
  const rows = ROWS.map((row) => ({ ...row, value: row.measure(numbers) }));
  const missed = rows.filter((row) => !isMet(row, row.value));
  saveResult({
    name: "canvas",
    target: "every row of the table in docs/canvas.md",
    figure: missed.length,
    met: missed.length === 0,
    summary: Object.fromEntries(rows.map(({ metric, value, unit }) => [metric, `${value} ${unit}`.trim()])),
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
      `| ${row.metric} | ${row.previous} | ${targetOf(row)} | ${format(row.value)}${row.unit && ` ${row.unit}`}${isMet(row, row.value) ? "" : " (missed)"} |`,
  );
  const table = ["| what | before | at most | measured |", "|---|---|---|---|", ...lines].join("\n");
  const [head, rest] = text.split(BEGIN);
  const tail = rest?.split(END)[1];
  if (head === undefined || tail === undefined) throw new Error(`docs/canvas.md has no ${BEGIN} … ${END}.`);
  await writeFile(DOCUMENT, `${head}${BEGIN}\n${table}\n${END}${tail}`);
}

function targetOf({ max, unit }: Row): string {
  if (Number.isNaN(max)) return `${SMALLEST_TEXT_PIXELS} px at least`;
  return Number.isFinite(max) ? `${format(max)}${unit && ` ${unit}`}` : "";
}

const format = (value: number): string => value.toLocaleString("en");
