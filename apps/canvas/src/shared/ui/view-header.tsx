import type { ReactNode } from "react";

interface ViewHeaderProps {
  title: string;
  note?: ReactNode;
  children?: ReactNode;
}

export const ViewHeader = ({ title, note, children }: ViewHeaderProps) => (
  <header className="flex min-h-14 items-center gap-3 border-b border-line bg-surface px-4 py-2">
    <div className="min-w-0 flex-1">
      <h1 className="text-base leading-tight font-semibold">{title}</h1>
      {note && <p className="truncate text-[13px] text-ink-faint">{note}</p>}
    </div>
    {children}
  </header>
);
