import type { FileRoot } from "@berth/domain";
import { segmentsOf } from "./paths.ts";

export interface Place {
  workspaceId: string;
  root: FileRoot;
}

/** The address of a file's bytes. Each name is encoded separately, so any name that a disk allows works. */
export function fileUrl({ workspaceId, root }: Place, path: string, query: Record<string, string> = {}): string {
  const names = segmentsOf(path).map(encodeURIComponent).join("/");
  const search = new URLSearchParams(query).toString();
  return `/files/${workspaceId}${root}/${names}${search === "" ? "" : `?${search}`}`;
}

export const downloadUrl = (place: Place, path: string): string => fileUrl(place, path, { download: "1" });

export const archiveUrl = (place: Place, path: string): string => fileUrl(place, path, { archive: "zip" });
