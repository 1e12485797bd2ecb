/** A line somebody asked to see in a file that may still have to be opened. The editor takes it when it is there. */
const wishes = new Map<string, number>();
const listeners = new Map<string, (line: number) => void>();

export function wishForLine(fileKey: string, line: number): void {
  const listener = listeners.get(fileKey);
  if (listener) listener(line);
  else wishes.set(fileKey, line);
}

/** Calls back with the line that was asked for before, and with every later one. */
export function onLineWished(fileKey: string, listener: (line: number) => void): () => void {
  listeners.set(fileKey, listener);
  const line = wishes.get(fileKey);
  wishes.delete(fileKey);
  if (line !== undefined) listener(line);
  return () => {
    if (listeners.get(fileKey) === listener) listeners.delete(fileKey);
  };
}
