/** Stored edits as edits of this form: fields it has, with values of their kind. Another version may have stored more. */
export function editsOf<T extends object>(stored: unknown, saved: T): Partial<T> {
  const known = Object.entries(Object(stored)).filter(
    ([name, value]) => Object.hasOwn(saved, name) && typeof value === typeof saved[name as keyof T],
  );
  return Object.fromEntries(known) as Partial<T>;
}

/** What is left to be saved after a save: what was edited meanwhile, while the answer was on its way, stays. */
export function withoutSaved<T extends object>(edits: Partial<T>, saved: Partial<T>): Partial<T> {
  const left = Object.entries(edits).filter(([name, value]) => value !== saved[name as keyof T]);
  return Object.fromEntries(left) as Partial<T>;
}
