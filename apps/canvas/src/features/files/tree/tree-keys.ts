import { parentOf } from "../paths.ts";
import type { Row } from "./tree-store.ts";

/** What a key does in the tree. */
export type TreeMove =
  | { to: number }
  | { expand: string }
  | { collapse: string }
  | { open: string }
  | { toggle: string }
  | { rename: string }
  | { remove: string };

/** The usual keys of a file tree: arrows, Home and End, Enter, F2, Delete. */
export function moveForKey(key: string, rows: readonly Row[], at: number): TreeMove | null {
  const row = rows[at];
  if (!row) return null;
  const entry = row.kind === "entry" ? row : null;
  const isFolder = entry?.entry.kind === "directory";
  switch (key) {
    case "ArrowDown":
      return { to: Math.min(at + 1, rows.length - 1) };
    case "ArrowUp":
      return { to: Math.max(at - 1, 0) };
    case "Home":
      return { to: 0 };
    case "End":
      return { to: rows.length - 1 };
    case "PageDown":
      return { to: Math.min(at + 15, rows.length - 1) };
    case "PageUp":
      return { to: Math.max(at - 15, 0) };
    case "ArrowRight":
      if (!entry || !isFolder) return null;
      return entry.isExpanded ? { to: Math.min(at + 1, rows.length - 1) } : { expand: entry.path };
    case "ArrowLeft": {
      if (entry?.isExpanded) return { collapse: entry.path };
      const parent = entry ? parentOf(entry.path) : row.path;
      const parentAt = rows.findIndex((other) => other.kind === "entry" && other.path === parent);
      return parentAt === -1 ? null : { to: parentAt };
    }
    case "Enter":
    case " ":
      if (!entry) return { open: row.path };
      return isFolder ? { toggle: entry.path } : { open: entry.path };
    case "F2":
      return entry && { rename: entry.path };
    case "Delete":
      return entry && { remove: entry.path };
    default:
      return null;
  }
}

/** The next row, from the current one on and wrapping around, whose name starts with the typed text. */
export function findTyped(rows: readonly Row[], at: number, typed: string): number {
  const wanted = typed.toLocaleLowerCase();
  // A single letter moves to the next row; further letters may still match the current one.
  const first = typed.length > 1 ? 0 : 1;
  for (let step = first; step <= rows.length; step++) {
    const index = (at + step) % rows.length;
    const row = rows[index];
    if (row?.kind === "entry" && row.entry.name.toLocaleLowerCase().startsWith(wanted)) return index;
  }
  return -1;
}
