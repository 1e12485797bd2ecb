"use client";

import { Copy, Download, FilePlus, FolderInput, FolderPlus, Pencil, Trash2 } from "lucide-react";
import { startDownload } from "#shared/api/start-download.ts";
import { copyText } from "#shared/ui/copy-text.ts";
import { MenuItem, MenuSeparator } from "#shared/ui/menu.tsx";
import { notifyDone } from "#shared/ui/notify.tsx";
import type { FileQuestion } from "./file-questions.tsx";
import { archiveUrl, downloadUrl, type Place } from "./file-url.ts";
import { parentOf } from "./paths.ts";

interface FileMenuItemsProps {
  place: Place;
  path: string;
  isFolder: boolean;
  isReadOnly: boolean;
  onAsk: (question: FileQuestion) => void;
}

export function FileMenuItems({ place, path, isFolder, isReadOnly, onAsk }: FileMenuItemsProps) {
  const folder = isFolder ? path : parentOf(path);
  const copyPath = async () => {
    if (await copyText(`${place.root}${path}`)) notifyDone("Path copied.");
  };
  return (
    <>
      {!isReadOnly && (
        <>
          <MenuItem icon={<FilePlus aria-hidden />} onSelect={() => onAsk({ kind: "new-file", folder })}>
            New file
          </MenuItem>
          <MenuItem icon={<FolderPlus aria-hidden />} onSelect={() => onAsk({ kind: "new-folder", folder })}>
            New folder
          </MenuItem>
          <MenuSeparator />
          <MenuItem icon={<Pencil aria-hidden />} hint="F2" onSelect={() => onAsk({ kind: "rename", path })}>
            Rename
          </MenuItem>
          <MenuItem icon={<FolderInput aria-hidden />} onSelect={() => onAsk({ kind: "move", path })}>
            Move to…
          </MenuItem>
        </>
      )}
      <MenuItem icon={<Copy aria-hidden />} onSelect={() => void copyPath()}>
        Copy path
      </MenuItem>
      <MenuItem
        icon={<Download aria-hidden />}
        onSelect={() => startDownload(isFolder ? archiveUrl(place, path) : downloadUrl(place, path))}
      >
        {isFolder ? "Download as zip" : "Download"}
      </MenuItem>
      {!isReadOnly && (
        <>
          <MenuSeparator />
          <MenuItem
            icon={<Trash2 aria-hidden />}
            isDangerous
            hint="Del"
            onSelect={() => onAsk({ kind: "remove", path, isFolder })}
          >
            Delete
          </MenuItem>
        </>
      )}
    </>
  );
}
