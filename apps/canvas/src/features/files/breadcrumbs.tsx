"use client";

import type { FileRoot } from "@berth/domain";
import { ancestorsOf, baseName, TOP } from "./paths.ts";

interface BreadcrumbsProps {
  root: FileRoot;
  folder: string;
  onGo: (folder: string) => void;
}

/** The path of the tree's folder; each part leads back to that folder. */
export const Breadcrumbs = ({ root, folder, onGo }: BreadcrumbsProps) => (
  <nav aria-label="Folder" className="min-w-0 overflow-x-auto px-3 py-1">
    <ol className="flex items-center gap-1 text-[13px] whitespace-nowrap text-ink-faint">
      {[...ancestorsOf(folder), folder].map((path) => (
        <li key={path} className="flex items-center gap-1">
          {path !== TOP && <span aria-hidden>/</span>}
          <button
            type="button"
            onClick={() => onGo(path)}
            aria-current={path === folder ? "location" : undefined}
            className="rounded px-0.5 hover:text-ink hover:underline aria-[current]:text-ink"
          >
            {path === TOP ? root.slice(1) : baseName(path)}
          </button>
        </li>
      ))}
    </ol>
  </nav>
);
