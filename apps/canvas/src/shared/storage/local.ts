/** Browser storage that may be full, forbidden or contain data of older versions. It never throws. */
export function readLocal<T>(key: string, read: (value: unknown) => T | undefined): T | undefined {
  try {
    const text = window.localStorage.getItem(key);
    return text === null ? undefined : read(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** @returns false when the value was not stored, e.g. because the storage is full. */
export function writeLocal(key: string, value: unknown): boolean {
  try {
    window.localStorage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

export function forgetLocal(key: string): void {
  try {
    window.localStorage.removeItem(key);
  } catch {
    // Unavailable storage has nothing to remove.
  }
}
