import type { Picked } from "./plan.ts";

export interface Gathered {
  files: Picked[];
  /** Empty folders, which no file would create. */
  emptyFolders: string[];
}

/** Everything that was dropped, including folder contents. Call it inside the drop event. */
export async function gatherDropped(items: DataTransferItemList): Promise<Gathered> {
  // The list is emptied when the event ends, so take the entries before the first await.
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const gathered: Gathered = { files: [], emptyFolders: [] };
  for (const entry of entries) await gatherEntry(entry, "", gathered);
  return gathered;
}

async function gatherEntry(entry: FileSystemEntry, parent: string, gathered: Gathered): Promise<void> {
  const relativePath = parent === "" ? entry.name : `${parent}/${entry.name}`;
  if (isFile(entry)) {
    gathered.files.push({ relativePath, file: await fileOf(entry) });
    return;
  }
  if (!isFolder(entry)) return;
  const children = await childrenOf(entry);
  if (children.length === 0) gathered.emptyFolders.push(relativePath);
  for (const child of children) await gatherEntry(child, relativePath, gathered);
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;
const fileOf = (entry: FileSystemFileEntry): Promise<File> =>
  new Promise((resolve, reject) => entry.file(resolve, reject));

/** Browsers return a folder in batches of a hundred; an empty batch is its end. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const children: FileSystemEntry[] = [];
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (batch.length === 0) return children;
    children.push(...batch);
  }
}

/** Files from a file picker; those of a chosen folder carry their path. */
export const gatherChosen = (files: FileList): Picked[] =>
  [...files].map((file) => ({ relativePath: file.webkitRelativePath || file.name, file }));
