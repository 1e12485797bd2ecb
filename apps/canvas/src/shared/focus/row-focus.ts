"use client";

import { type RefCallback, useState } from "react";

/** The rendered rows of a virtual list. A row out of view is focused once the list has scrolled to it. */
export class RowFocus {
  readonly #rows = new Map<number, HTMLElement>();
  #pending: number | null = null;

  /** The ref of a row. */
  ref =
    (index: number): RefCallback<HTMLElement> =>
    (element) => {
      if (!element) return undefined;
      this.#rows.set(index, element);
      if (this.#pending === index) this.focus(index);
      return () => {
        if (this.#rows.get(index) === element) this.#rows.delete(index);
      };
    };

  elementAt(index: number): HTMLElement | null {
    return this.#rows.get(index) ?? null;
  }

  focus(index: number): void {
    const row = this.#rows.get(index);
    this.#pending = row ? null : index;
    row?.focus();
  }
}

export function useRowFocus(): RowFocus {
  const [rowFocus] = useState(() => new RowFocus());
  return rowFocus;
}
