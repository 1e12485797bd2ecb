/** What is left to be saved after a save: what was edited meanwhile, while the answer was on its way, stays. */
export function withoutSaved<T extends object>(edits: Partial<T>, saved: Partial<T>): Partial<T> {
  const left = Object.entries(edits).filter(([name, value]) => value !== saved[name as keyof T]);
  return Object.fromEntries(left) as Partial<T>;
}
