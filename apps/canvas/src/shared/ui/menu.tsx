"use client";

import * as Radix from "radix-ui/dropdown-menu";
import { type ReactNode, useState } from "react";
import { topLayer } from "../focus/focus-registry.ts";
import { menuRef } from "../focus/overlays.ts";
import { cx } from "./cx.ts";

const CONTENT =
  "z-40 min-w-52 max-w-80 rounded-lg border border-line bg-raised p-1 shadow-float max-h-(--radix-dropdown-menu-content-available-height) overflow-y-auto";
const ITEM =
  "flex items-center gap-2.5 rounded-md px-2.5 py-1.5 text-sm -outline-offset-2 select-none cursor-pointer " +
  "data-highlighted:bg-ink/8 data-disabled:opacity-55 data-disabled:cursor-not-allowed [&>svg]:size-4 [&>svg]:shrink-0";

interface MenuProps {
  trigger: ReactNode;
  label: string;
  children: ReactNode;
  side?: "top" | "right" | "bottom" | "left";
  align?: "start" | "center" | "end";
  startsOpen?: boolean;
}

export function Menu({ trigger, label, children, side = "bottom", align = "end", startsOpen = false }: MenuProps) {
  // State, so that each opening renders: the layer is read during render. It is a landmark that is not inert.
  const [isOpen, setIsOpen] = useState(startsOpen);
  return (
    <Radix.Root modal={false} open={isOpen} onOpenChange={setIsOpen}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <MenuContent label={label} side={side} align={align}>
        {children}
      </MenuContent>
    </Radix.Root>
  );
}

function MenuContent({ label, children, side = "bottom", align = "start" }: Omit<MenuProps, "trigger" | "startsOpen">) {
  return (
    <Radix.Portal container={topLayer()}>
      <Radix.Content
        ref={menuRef}
        aria-label={label}
        aria-labelledby={undefined}
        side={side}
        align={align}
        sideOffset={4}
        collisionPadding={8}
        className={CONTENT}
      >
        {children}
      </Radix.Content>
    </Radix.Portal>
  );
}

interface PointMenuProps {
  /** Where the menu opens, in window pixels; null closes it. */
  at: { x: number; y: number } | null;
  label: string;
  onClose: () => void;
  /** Where the focus goes on close, unless an item moved it. */
  returnFocus?: () => HTMLElement | null | undefined;
  children: ReactNode;
}

/** A context menu for elements rendered elsewhere, anchored to an invisible point. */
export function PointMenu({ at, label, onClose, returnFocus, children }: PointMenuProps) {
  return (
    <Radix.Root modal={false} open={at !== null} onOpenChange={(open) => !open && onClose()}>
      <Radix.Trigger asChild>
        <span
          aria-hidden
          tabIndex={-1}
          className="pointer-events-none fixed size-0"
          style={{ left: at?.x ?? 0, top: at?.y ?? 0 }}
        />
      </Radix.Trigger>
      <Radix.Portal container={topLayer()}>
        <Radix.Content
          ref={menuRef}
          aria-label={label}
          aria-labelledby={undefined}
          align="start"
          collisionPadding={8}
          className={CONTENT}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            returnFocus?.()?.focus();
          }}
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

interface MenuItemProps {
  icon?: ReactNode;
  hint?: ReactNode;
  /** The effect of the item, in smaller text below. */
  description?: string | undefined;
  isDangerous?: boolean;
  disabled?: boolean;
  onSelect: () => void;
  children: ReactNode;
}

export function MenuItem({
  icon,
  hint,
  description,
  isDangerous,
  disabled = false,
  onSelect,
  children,
}: MenuItemProps) {
  return (
    <Radix.Item
      disabled={disabled}
      onSelect={onSelect}
      className={cx(ITEM, description && "items-start [&>svg]:mt-0.5", isDangerous && "text-bad")}
    >
      {icon}
      <span className="flex-1">
        {children}
        {description && <span className="block text-[13px] text-ink-soft">{description}</span>}
      </span>
      {hint && <span className="text-xs text-ink-faint">{hint}</span>}
    </Radix.Item>
  );
}

export const MenuSeparator = () => <Radix.Separator className="my-1 h-px bg-line" />;
