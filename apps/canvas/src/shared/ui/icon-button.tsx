"use client";

import type { ComponentProps } from "react";
import { BUTTON_BASE, BUTTON_KINDS } from "./button.tsx";
import { cx } from "./cx.ts";
import { Tooltip } from "./tooltip.tsx";

interface IconButtonProps extends ComponentProps<"button"> {
  /** Its accessible name and its tooltip. */
  label: string;
  side?: "top" | "right" | "bottom" | "left";
}

export function IconButton({ label, side = "bottom", children, className, ...rest }: IconButtonProps) {
  return (
    <Tooltip text={label} side={side}>
      <button
        type="button"
        aria-label={label}
        {...rest}
        className={cx(BUTTON_BASE, BUTTON_KINDS.quiet, "size-8 shrink-0 [&>svg]:size-4", className)}
      >
        {children}
      </button>
    </Tooltip>
  );
}
