import Papa from "papaparse";

export interface Table {
  header: readonly string[];
  /** Without the header; each as long as the longest. */
  rows: readonly (readonly string[])[];
  /** What did not fit the form, in a sentence; null when all did. */
  complaint: string | null;
}

/** Reads values separated by commas, semicolons, tabs or bars: which of them, the text itself says. */
export function parseTable(text: string, name: string): Table {
  const { data, errors } = Papa.parse<string[]>(text.replace(/^\ufeff/, ""), {
    delimiter: /\.tsv$/i.test(name) ? "\t" : "",
    skipEmptyLines: true,
  });
  const columns = data.reduce((most, row) => Math.max(most, row.length), 0);
  const [header = [], ...rows] = data.map((row) => [...row, ...Array<string>(columns - row.length).fill("")]);
  // One column has nothing that separates: that is no fault.
  const [fault] = errors.filter(({ code }) => code !== "UndetectableDelimiter");
  const complaint = fault ? `Row ${(fault.row ?? 0) + 1} is not well formed (${fault.message}).` : null;
  return { header, rows, complaint };
}
