"use client";

import { isApple, platformKeys } from "#shared/shortcuts/shortcuts.ts";
import { Dialog } from "#shared/ui/dialog.tsx";
import { SHORTCUT_GROUPS } from "./shortcut-groups.ts";

/** All shortcuts, grouped by where they work. */
export function ShortcutSheet({ onClose }: { onClose: () => void }) {
  const apple = isApple();
  return (
    <Dialog isOpen onClose={onClose} title="Keyboard shortcuts" widthPixels={880}>
      <div className="-mb-5 gap-x-8 sm:columns-2">
        {Object.entries(SHORTCUT_GROUPS).map(([title, rows]) => (
          <section key={title} className="break-inside-avoid pb-5">
            <h3 className="mb-1.5 text-[13px] font-medium text-ink-soft">{title}</h3>
            <dl className="grid grid-cols-[8.5rem_1fr] gap-x-3 gap-y-1.5">
              {Object.entries(rows).map(([keys, what]) => (
                <div key={keys} className="contents">
                  <dt className="min-w-0">
                    <kbd className="inline-block rounded border border-line-strong/60 bg-sunken px-1.5 py-0.5 font-mono text-xs">
                      {platformKeys(keys, apple)}
                    </kbd>
                  </dt>
                  <dd>{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
