"use client";

import { X } from "lucide-react";
import * as Radix from "radix-ui/dialog";
import { type ReactNode, type RefObject, useId } from "react";
import { dialogRef } from "../focus/overlays.ts";
import { focusBelow } from "../focus/use-kept-focus.ts";
import { cx } from "./cx.ts";
import { IconButton } from "./icon-button.tsx";
import { ScrollBody } from "./scroll-body.tsx";

const OVERLAY = "fixed inset-0 z-40 bg-scrim";
const CARD =
  "fixed z-40 inset-x-0 bottom-0 flex max-h-[92dvh] flex-col rounded-t-xl border border-line bg-raised shadow-float " +
  "sm:inset-x-auto sm:bottom-auto sm:left-1/2 sm:top-1/2 sm:w-[min(92vw,var(--dialog-width))] sm:-translate-x-1/2 " +
  "sm:-translate-y-1/2 sm:rounded-xl";

export interface DialogProps {
  isOpen: boolean;
  onClose: () => void;
  title: string;
  description?: ReactNode;
  /** `alertdialog` interrupts: it has no ✕, and a click outside does not close it. */
  role?: "dialog" | "alertdialog";
  /** The element with the initial focus; by default the first control. */
  initialFocus?: RefObject<HTMLElement | null>;
  /** The element that takes the focus on close if the opener is gone. */
  returnFocus?: () => HTMLElement | null;
  /** The element that was created or moved, which takes the focus on close in any case. */
  landing?: (() => HTMLElement | null) | undefined;
  footer?: ReactNode;
  widthPixels?: number;
  children?: ReactNode;
}

/**
 * The base of all dialogs: traps the focus, Escape closes only the top one, and closing returns the focus to the opener.
 */
export function Dialog(props: DialogProps) {
  const {
    isOpen,
    onClose,
    title,
    description,
    role = "dialog",
    initialFocus,
    returnFocus,
    landing,
    footer,
    widthPixels = 520,
    children,
  } = props;
  const descriptionId = useId();
  const isAlert = role === "alertdialog";
  return (
    <Radix.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className={OVERLAY} />
        <Radix.Content
          ref={dialogRef}
          role={role}
          aria-describedby={description ? descriptionId : undefined}
          style={{ "--dialog-width": `${widthPixels}px` } as React.CSSProperties}
          className={CARD}
          onInteractOutside={(event) => isAlert && event.preventDefault()}
          onCloseAutoFocus={(event) => {
            // Radix knows only its own triggers, and would drop the focus.
            event.preventDefault();
            const landed = landing?.();
            if (landed) landed.focus();
            else focusBelow(returnFocus);
          }}
          onOpenAutoFocus={(event) => {
            // The first control would be ✕, whose tooltip consumes the first Escape; screen readers read the dialog
            // instead.
            const first = initialFocus?.current ?? (isAlert ? null : event.currentTarget);
            if (!(first instanceof HTMLElement)) return;
            event.preventDefault();
            first.focus();
          }}
        >
          <header className="flex items-start gap-3 px-5 pt-4 pb-2">
            <div className="min-w-0 flex-1">
              <Radix.Title className="text-base font-semibold break-words">{title}</Radix.Title>
              {description && (
                <div id={descriptionId} className="mt-1 text-ink-soft">
                  {description}
                </div>
              )}
            </div>
            {!isAlert && (
              <IconButton label="Close" onClick={onClose} className="-mr-1.5">
                <X />
              </IconButton>
            )}
          </header>
          <ScrollBody
            label={title}
            className={cx("min-h-0 flex-1 overflow-y-auto px-5 -outline-offset-2", footer ? "py-2" : "pt-2 pb-5")}
          >
            {children}
          </ScrollBody>
          {footer && (
            <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-5 py-3">{footer}</footer>
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
