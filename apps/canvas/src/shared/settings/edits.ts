/** Restores stored edits that this form has, with values of the right type. Another version may have stored more. */
export function editsOf<T extends object>(stored: unknown, saved: T): Partial<T> {
  const known = Object.entries(Object(stored)).filter(
    ([name, value]) => Object.hasOwn(saved, name) && typeof value === typeof saved[name as keyof T],
  );
  return Object.fromEntries(known) as Partial<T>;
}

/** The unsaved edits after a save: those made while the request was in flight. */
export function withoutSaved<T extends object>(edits: Partial<T>, saved: Partial<T>): Partial<T> {
  const left = Object.entries(edits).filter(([name, value]) => value !== saved[name as keyof T]);
  return Object.fromEntries(left) as Partial<T>;
}
