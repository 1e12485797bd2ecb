import Papa from "papaparse";

export interface Table {
  header: readonly string[];
  /** Without the header; all rows are padded to the longest. */
  rows: readonly (readonly string[])[];
  /** What is malformed, as a sentence; null when nothing is. */
  problem: string | null;
}

/** Parses values separated by commas, semicolons, tabs or bars, whichever the text uses. */
export function parseTable(text: string, name: string): Table {
  const { data, errors } = Papa.parse<string[]>(text.replace(/^\ufeff/, ""), {
    delimiter: /\.tsv$/i.test(name) ? "\t" : "",
    skipEmptyLines: true,
  });
  const columns = data.reduce((most, row) => Math.max(most, row.length), 0);
  const [header = [], ...rows] = data.map((row) => [...row, ...Array<string>(columns - row.length).fill("")]);
  // A single column has no separator, which is valid.
  const [fault] = errors.filter(({ code }) => code !== "UndetectableDelimiter");
  const problem = fault ? `Row ${(fault.row ?? 0) + 1} is not well formed (${fault.message}).` : null;
  return { header, rows, problem };
}
