import { stripVTControlCharacters, styleText } from "node:util";
import { readEnvironment } from "./environment.ts";
import type { Failure } from "./failure.ts";

type Style = Parameters<typeof styleText>[0];

/** Where a command prints. Results go to stdout; steps, questions and errors go to stderr. */
export class Output {
  readonly isJson: boolean;
  readonly #hasColors = readEnvironment().hasColors;

  constructor({ isJson = false }: { isJson?: boolean } = {}) {
    this.isJson = isJson;
  }

  /** The result of a command: one JSON value, or text for a person. */
  result(value: unknown, text: string): void {
    print(this.isJson ? JSON.stringify(value, null, 2) : printable(text));
  }

  /** One item of a stream: one line of JSON, or text for a person. */
  item(value: unknown, text: string): void {
    print(this.isJson ? JSON.stringify(value) : printable(text));
  }

  /** Progress for a person. */
  note(text: string): void {
    if (!this.isJson) process.stderr.write(`${printable(text)}\n`);
  }

  failure({ message, next, code, exitCode, details }: Failure): void {
    const text = this.isJson
      ? JSON.stringify({ error: { code, message, next, exitCode, ...(details === undefined ? {} : { details }) } })
      : `berth: ${printable(message)}\n${printable(next)}`;
    process.stderr.write(`${text}\n`);
  }

  paint(style: Style, text: string): string {
    return this.#hasColors && !this.isJson ? styleText(style, text) : text;
  }

  table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
    const cells = rows.map((row) => row.map((cell) => oneLine(cell)));
    const widths = columns.map((column, at) =>
      Math.max(column.length, ...cells.map((row) => plainLength(row[at] ?? ""))),
    );
    const line = (row: readonly string[]) =>
      row
        .map((cell, at) => cell + " ".repeat(Math.max(0, (widths[at] ?? 0) - plainLength(cell))))
        .join("  ")
        .trimEnd();
    return [this.paint("dim", line(columns)), ...cells.map(line)].join("\n");
  }
}

function print(text: string): void {
  process.stdout.write(text === "" || text.endsWith("\n") ? text : `${text}\n`);
}

const plainLength = (text: string): number => [...stripVTControlCharacters(text)].length;
const oneLine = (text: string): string => text.replaceAll(/\s*\n\s*/g, " ");

const ESCAPE = "\u001b";
/** All control characters but line ends, tabs and the escape of a colour. */
const CONTROL = new RegExp(`(?!${ESCAPE}\\[[\\d;]*m)[^\\P{Cc}\\n\\t]`, "gu");

/** Texts from a server must not move the cursor or change the title of a terminal. */
export const printable = (text: string): string => text.replaceAll(CONTROL, "\ufffd");

export function sizeText(bytes: number | null): string {
  if (bytes === null) return "-";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}

export function ageText(at: string | null, now = Date.now()): string {
  if (at === null) return "-";
  const seconds = Math.max(0, Math.round((now - Date.parse(at)) / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
