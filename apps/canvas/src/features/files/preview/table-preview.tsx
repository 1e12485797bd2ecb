"use client";

import { useMemo, useState } from "react";
import { Button } from "#shared/ui/button.tsx";
import { parseTable } from "./parse-table.ts";

/** Rows rendered at a time, few enough to be fast. */
const STEP = 500;

const CELL = "max-w-96 border-b border-line px-3 py-1.5 text-left align-top break-words whitespace-pre-wrap";

/** Separated values as a table, rendered in parts. */
export function TablePreview({ name, text }: { name: string; text: string }) {
  const { header, rows, problem } = useMemo(() => parseTable(text, name), [text, name]);
  const [shownMax, setShownMax] = useState(STEP);
  const shown = rows.slice(0, shownMax);
  if (header.length === 0) return <p className="p-4 text-ink-faint">This file is empty.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: keyboard users must be able to scroll the table.
    <section tabIndex={0} aria-label={`${name}, preview`} className="h-full overflow-auto -outline-offset-2">
      {problem && <p className="bg-warn-soft px-3 py-2 text-[13px]">{problem} Some cells may be in the wrong place.</p>}
      <table className="min-w-full border-separate border-spacing-0 text-[13px] tabular-nums">
        <thead>
          <tr>
            <th scope="col" className={`${CELL} sticky top-0 bg-sunken font-medium text-ink-faint`}>
              <span className="sr-only">Row</span>
            </th>
            {header.map((title, column) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: columns are identified only by position.
              <th key={column} scope="col" className={`${CELL} sticky top-0 bg-sunken font-medium`}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows are identified only by position.
            <tr key={at}>
              <th scope="row" className={`${CELL} font-normal text-ink-faint`}>
                {(at + 1).toLocaleString("en")}
              </th>
              {row.map((value, column) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: as above.
                <td key={column} className={CELL}>
                  {value}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="flex flex-wrap items-center gap-3 px-3 py-2 text-[13px] text-ink-soft">
        {rowsText(shown.length, rows.length)}
        {shown.length < rows.length && (
          <Button size="small" onClick={() => setShownMax(shownMax + STEP)}>
            Show {Math.min(STEP, rows.length - shown.length)} more
          </Button>
        )}
      </p>
    </section>
  );
}

function rowsText(shown: number, all: number): string {
  if (shown < all) return `The first ${shown.toLocaleString("en")} of ${all.toLocaleString("en")} rows.`;
  return all === 1 ? "1 row." : `${all.toLocaleString("en")} rows.`;
}
