import { ArrowRight } from "lucide-react";
import type { SettingChange } from "./settings.ts";

/** What saving changes, old to new. */
export const ChangeList = ({ changes }: { changes: readonly SettingChange[] }) => (
  <ul aria-label="What changes" className="grid gap-1 text-[13px]">
    {changes.map(({ name, label, before, after }) => (
      <li key={name} className="flex flex-wrap items-center gap-x-2">
        <span className="w-28 shrink-0 text-ink-faint">{label}</span>
        <del className="text-ink-soft no-underline">{before}</del>
        <ArrowRight aria-label="becomes" className="size-3.5 text-ink-faint" />
        <ins className="font-medium no-underline">{after}</ins>
      </li>
    ))}
  </ul>
);
