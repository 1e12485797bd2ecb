"use client";

import { useLayoutEffect, useRef } from "react";
import { cx } from "#shared/ui/cx.ts";
import type { ShownOutput } from "./use-command-output.ts";

const AT_END_PIXELS = 24;

/** Follows the end of the output unless the user scrolls up. Errors are marked by a line as well as by colour. */
export function CommandOutput({ output, isRunning }: { output: ShownOutput; isRunning: boolean }) {
  const { pieces, isCut, isComplete } = output;
  const block = useRef<HTMLPreElement>(null);
  const isAtEnd = useRef(true);

  // biome-ignore lint/correctness/useExhaustiveDependencies: more output moves the end.
  useLayoutEffect(() => {
    if (block.current && isAtEnd.current) block.current.scrollTop = block.current.scrollHeight;
  }, [pieces]);

  if (pieces.length === 0) {
    return (
      <p className="border-t border-line p-3 text-ink-soft">
        {isRunning ? "No output yet." : isComplete ? "No output." : "Loading output…"}
      </p>
    );
  }
  return (
    <section aria-label="Output">
      <pre
        ref={block}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keyboard users must be able to scroll the text.
        tabIndex={0}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          isAtEnd.current = scrollHeight - scrollTop - clientHeight < AT_END_PIXELS;
        }}
        className="max-h-96 overflow-auto rounded-b-lg border-t border-line bg-sunken p-3 font-mono text-xs leading-relaxed whitespace-pre-wrap break-all -outline-offset-2"
      >
        {isCut && <span className="text-ink-faint">Earlier output is not shown.{"\n"}</span>}
        {pieces.map(({ id, stream, text }) => (
          <span key={id} className={cx(stream === "stderr" && "text-bad")}>
            {text}
          </span>
        ))}
      </pre>
    </section>
  );
}
