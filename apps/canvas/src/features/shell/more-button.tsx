"use client";

import { Settings2 } from "lucide-react";
import type { ComponentProps } from "react";
import { cx } from "#shared/ui/cx.ts";

export const RAIL_ITEM =
  "flex w-16 flex-col items-center justify-center gap-1 rounded-lg px-1 py-2 text-xs font-medium transition-colors [&>svg]:size-5";

export const MoreButton = (props: ComponentProps<"button">) => (
  <button type="button" {...props} className={cx(RAIL_ITEM, "text-ink-soft hover:bg-ink/8 hover:text-ink")}>
    <Settings2 aria-hidden />
    More
  </button>
);
