"use client";

import { useDropHint } from "./drag-store.ts";

/** Shows what a drop would do. */
export function DropHint() {
  const hint = useDropHint();
  return (
    <div role="status" className="pointer-events-none absolute inset-x-0 top-3 z-10 flex justify-center px-4">
      {hint && (
        <p className="rounded-full bg-ink px-4 py-1.5 text-[13px] font-medium text-surface shadow-float">
          {hint.text} · Esc to cancel
        </p>
      )}
    </div>
  );
}
