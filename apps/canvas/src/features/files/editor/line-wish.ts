/** A line requested in a file that may not be open yet. The editor takes the request once it is mounted. */
const wishes = new Map<string, number>();
const listeners = new Map<string, (line: number) => void>();

export function wishForLine(fileKey: string, line: number): void {
  const listener = listeners.get(fileKey);
  if (listener) listener(line);
  else wishes.set(fileKey, line);
}

/** Calls back with a pending request and with every later one. */
export function onLineWished(fileKey: string, listener: (line: number) => void): () => void {
  listeners.set(fileKey, listener);
  const line = wishes.get(fileKey);
  wishes.delete(fileKey);
  if (line !== undefined) listener(line);
  return () => {
    if (listeners.get(fileKey) === listener) listeners.delete(fileKey);
  };
}
