import { ArrowRight } from "lucide-react";

export interface SettingChange {
  name: string;
  label: string;
  before: string;
  after: string;
}

/** The changes of a save, old to new. */
export const ChangeList = ({ changes }: { changes: readonly SettingChange[] }) => (
  <ul aria-label="Changes" className="grid gap-1 text-[13px]">
    {changes.map(({ name, label, before, after }) => (
      <li key={name} className="grid grid-cols-[7rem_1fr] gap-x-2">
        <span className="text-ink-faint">{label}</span>
        <span className="flex min-w-0 flex-wrap items-center gap-x-2">
          <del className="min-w-0 break-words text-ink-soft no-underline">{before}</del>
          <ArrowRight aria-label="becomes" className="size-3.5 text-ink-faint" />
          <ins className="min-w-0 font-medium break-words no-underline">{after}</ins>
        </span>
      </li>
    ))}
  </ul>
);
