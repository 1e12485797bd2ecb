"use client";

import { FILE_ROOTS, type FileRoot } from "@berth/domain";
import { Download, FilePlus, FolderPlus, FolderUp, RefreshCw, Upload } from "lucide-react";
import { type ChangeEvent, useRef } from "react";
import { cx } from "#shared/ui/cx.ts";
import { CONTROL } from "#shared/ui/field.tsx";
import { IconButton } from "#shared/ui/icon-button.tsx";
import { Menu, MenuItem } from "#shared/ui/menu.tsx";
import { gatherChosen } from "./upload/gather.ts";
import type { Picked } from "./upload/plan.ts";

export const RootSwitch = ({ root, onChange }: { root: FileRoot; onChange: (root: FileRoot) => void }) => (
  <select
    aria-label="Root"
    value={root}
    onChange={(event) => onChange(event.target.value as FileRoot)}
    className={cx(CONTROL, "h-8 min-w-0 pr-8 font-mono text-[13px]")}
  >
    {FILE_ROOTS.map((one) => (
      <option key={one} value={one}>
        {one}
      </option>
    ))}
  </select>
);

interface FilesToolbarProps {
  isReadOnly: boolean;
  folderName: string;
  onNewFile: () => void;
  onNewFolder: () => void;
  onUpload: (picked: Picked[]) => void;
  onDownload: () => void;
  onRefresh: () => void;
}

export function FilesToolbar(props: FilesToolbarProps) {
  const { isReadOnly, folderName, onNewFile, onNewFolder, onUpload, onDownload, onRefresh } = props;
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const onChosen = (event: ChangeEvent<HTMLInputElement>) => {
    if (event.target.files) onUpload(gatherChosen(event.target.files));
    event.target.value = "";
  };
  return (
    <div role="toolbar" aria-label="Files" className="flex shrink-0 items-center">
      {!isReadOnly && (
        <>
          <IconButton label={`New file in ${folderName}`} onClick={onNewFile}>
            <FilePlus aria-hidden />
          </IconButton>
          <IconButton label={`New folder in ${folderName}`} onClick={onNewFolder}>
            <FolderPlus aria-hidden />
          </IconButton>
          <Menu
            label={`Upload to ${folderName}`}
            trigger={
              <button
                type="button"
                aria-label={`Upload to ${folderName}`}
                title={`Upload to ${folderName}`}
                className="inline-flex size-8 items-center justify-center rounded-md text-ink-soft hover:bg-ink/8 hover:text-ink"
              >
                <Upload aria-hidden className="size-4" />
              </button>
            }
          >
            <MenuItem icon={<Upload aria-hidden />} onSelect={() => files.current?.click()}>
              Files…
            </MenuItem>
            <MenuItem icon={<FolderUp aria-hidden />} onSelect={() => folder.current?.click()}>
              Folder…
            </MenuItem>
          </Menu>
          <input ref={files} type="file" multiple hidden aria-label="Files to upload" onChange={onChosen} />
          <input
            ref={(element) => {
              folder.current = element;
              // React does not know this attribute, and browsers need it to ask for a folder.
              element?.setAttribute("webkitdirectory", "");
            }}
            type="file"
            hidden
            aria-label="Folder to upload"
            onChange={onChosen}
          />
        </>
      )}
      <IconButton label={`Download ${folderName} as zip`} onClick={onDownload}>
        <Download aria-hidden />
      </IconButton>
      <IconButton label="Refresh" onClick={onRefresh}>
        <RefreshCw aria-hidden />
      </IconButton>
    </div>
  );
}
