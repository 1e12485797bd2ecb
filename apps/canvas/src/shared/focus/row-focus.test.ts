import { expect, test, vi } from "vitest";
import { RowFocus } from "./row-focus.ts";

const mounted = (rows: RowFocus, index: number, element: HTMLElement) => rows.ref(index)(element) as () => void;
const row = () => ({ focus: vi.fn() }) as unknown as HTMLElement;

test("a rendered row is focused at once", () => {
  const rows = new RowFocus();
  const first = row();
  rows.ref(0)(first);
  rows.focus(0);
  expect(first.focus).toHaveBeenCalledOnce();
});

test("a row out of view is focused when it is rendered, and only once", () => {
  const rows = new RowFocus();
  const last = row();
  rows.focus(99);
  mounted(rows, 99, last)();
  rows.ref(99)(last);
  expect(last.focus).toHaveBeenCalledOnce();
});

test("a newer request replaces one that waits", () => {
  const rows = new RowFocus();
  const [first, last] = [row(), row()];
  rows.ref(0)(first);
  rows.focus(99);
  rows.focus(0);
  rows.ref(99)(last);
  expect(first.focus).toHaveBeenCalledOnce();
  expect(last.focus).not.toHaveBeenCalled();
});

test("a row that moved to another index is found there", () => {
  const rows = new RowFocus();
  const moving = row();
  const remove = mounted(rows, 3, moving);
  remove();
  rows.ref(4)(moving);
  rows.focus(3);
  expect(moving.focus).not.toHaveBeenCalled();
  rows.focus(4);
  expect(moving.focus).toHaveBeenCalledOnce();
});
