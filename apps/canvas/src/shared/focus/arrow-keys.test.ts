import { expect, test, vi } from "vitest";
import { arrowKeysIn } from "./arrow-keys.ts";
import { registerFocusTarget } from "./focus-registry.ts";

const element = () => ({ focus: vi.fn() }) as unknown as HTMLElement & { focus: ReturnType<typeof vi.fn> };

test("arrow keys focus the next and the previous element of a row, around both ends", () => {
  const [first, second, third] = [element(), element(), element()];
  const names = ["first", "second", "third"];
  for (const [at, each] of [first, second, third].entries()) registerFocusTarget(names[at] ?? "", each);
  arrowKeysIn(names, "first")({ key: "ArrowRight" });
  expect(second.focus).toHaveBeenCalledOnce();
  arrowKeysIn(names, "first")({ key: "ArrowLeft" });
  expect(third.focus).toHaveBeenCalledOnce();
  arrowKeysIn(names, "third")({ key: "ArrowRight" });
  arrowKeysIn(names, "second")({ key: "Home" });
  expect(first.focus).toHaveBeenCalledOnce();
});
