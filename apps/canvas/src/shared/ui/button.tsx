"use client";

import type { ComponentProps, ReactNode } from "react";
import { cx } from "./cx.ts";
import { Spinner } from "./spinner.tsx";

export const BUTTON_BASE =
  "inline-flex items-center justify-center gap-1.5 rounded-md text-sm font-medium whitespace-nowrap select-none " +
  "transition-colors disabled:cursor-not-allowed disabled:opacity-55 aria-disabled:cursor-not-allowed aria-disabled:opacity-55";

export const BUTTON_KINDS = {
  primary: "bg-accent text-on-accent hover:not-disabled:not-aria-disabled:brightness-110",
  plain: "border border-line-strong/60 bg-surface text-ink hover:not-disabled:not-aria-disabled:bg-sunken",
  quiet: "text-ink-soft hover:not-disabled:not-aria-disabled:bg-ink/8 hover:not-disabled:not-aria-disabled:text-ink",
  danger: "bg-bad text-on-bad hover:not-disabled:not-aria-disabled:brightness-110",
  dangerPlain: "border border-bad/50 text-bad hover:not-disabled:not-aria-disabled:bg-bad-soft",
} as const;

const SIZES = { normal: "h-9 px-3", small: "h-8 px-2.5 text-[13px]" } as const;

export interface ButtonProps extends ComponentProps<"button"> {
  kind?: keyof typeof BUTTON_KINDS;
  size?: keyof typeof SIZES;
  /** Shows a spinner and ignores clicks. Keeps width and focus, which a disabled button would lose. */
  isBusy?: boolean;
  icon?: ReactNode;
}

export function Button(props: ButtonProps) {
  const { kind = "plain", size = "normal", isBusy = false, icon, children, className, onClick, ...rest } = props;
  return (
    <button
      type="button"
      {...rest}
      // Ignored here, including the form that a submit button would send.
      onClick={isBusy ? (event) => event.preventDefault() : onClick}
      aria-disabled={isBusy || undefined}
      aria-busy={isBusy || undefined}
      className={cx(BUTTON_BASE, BUTTON_KINDS[kind], SIZES[size], className)}
    >
      {isBusy ? <Spinner /> : icon}
      {children}
    </button>
  );
}
