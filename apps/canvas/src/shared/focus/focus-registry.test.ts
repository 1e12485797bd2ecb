import { beforeEach, expect, test, vi } from "vitest";
import { focusTarget, focusWhenMounted, registerFocusTarget } from "./focus-registry.ts";

const element = () => ({ focus: vi.fn() }) as unknown as HTMLElement & { focus: ReturnType<typeof vi.fn> };

beforeEach(() => focusWhenMounted("none"));

test("a mounted element is focused at once", () => {
  const card = element();
  registerFocusTarget("card", card);
  focusWhenMounted("card", { preventScroll: true });
  expect(card.focus).toHaveBeenCalledExactlyOnceWith({ preventScroll: true });
});

test("an element that is mounted later is focused then, and only once", () => {
  const card = element();
  focusWhenMounted("later");
  registerFocusTarget("later", card)();
  registerFocusTarget("later", card)();
  expect(card.focus).toHaveBeenCalledOnce();
});

test("only the newest request for the focus waits", () => {
  const [one, other] = [element(), element()];
  focusWhenMounted("one");
  focusWhenMounted("other");
  registerFocusTarget("one", one);
  registerFocusTarget("other", other);
  expect(one.focus).not.toHaveBeenCalled();
  expect(other.focus).toHaveBeenCalledOnce();
});

test("an unmounted element is forgotten, unless a successor took its name", () => {
  const [old, successor] = [element(), element()];
  const removeOld = registerFocusTarget("row", old);
  const removeSuccessor = registerFocusTarget("row", successor);
  removeOld();
  expect(focusTarget("row")).toBe(successor);
  removeSuccessor();
  expect(focusTarget("row")).toBeNull();
});
