"use client";

import type { RefCallback } from "react";

type Kind = "dialog" | "menu";

/** The open dialogs and menus. */
const overlays = new Map<HTMLElement, Kind>();

const registerAs =
  (kind: Kind): RefCallback<HTMLElement> =>
  (element) => {
    if (!element) return undefined;
    overlays.set(element, kind);
    return () => {
      overlays.delete(element);
    };
  };

/** Refs for the content of a dialog and of a menu. */
export const dialogRef = registerAs("dialog");
export const menuRef = registerAs("menu");

/** The dialog opened last; while it is open, only its content can be focused. */
export const topDialog = (): HTMLElement | null => [...overlays].findLast(([, kind]) => kind === "dialog")?.[0] ?? null;
export const isDialogOpen = (): boolean => topDialog() !== null;
export const isOverlayOpen = (): boolean => overlays.size > 0;
