import { focusTarget } from "./focus-registry.ts";

/** A key handler for one of several elements in a row: left and right focus its neighbours, around both ends. */
export const arrowKeysIn =
  (names: readonly string[], name: string) =>
  ({ key }: { key: string }): void => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (step !== undefined) focusTarget(names.at((names.indexOf(name) + step) % names.length) ?? name)?.focus();
  };
