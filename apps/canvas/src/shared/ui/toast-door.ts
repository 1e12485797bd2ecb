import type { ReactNode } from "react";

export interface Toast {
  kind: "plain" | "success" | "error";
  title: string;
  description?: ReactNode | ((dismiss: () => void) => ReactNode);
  durationMilliseconds?: number;
  action?: { label: string; onClick: () => void } | undefined;
  /** A message replaces the previous one with the same name. */
  place?: string;
}

type Show = (toast: Toast) => void;

/** Queues messages until the stack, whose code loads with the first of them, is mounted. */
const waiting: Toast[] = [];
let show: Show | null = null;
let onWanted: (() => void) | null = null;

export function showToast(toast: Toast): void {
  if (show) {
    show(toast);
    return;
  }
  waiting.push(toast);
  onWanted?.();
}

/** Called by the stack on mount. */
export function receiveToasts(next: Show): () => void {
  show = next;
  for (const toast of waiting.splice(0)) next(toast);
  return () => {
    show = null;
  };
}

/** Called by the component that loads the stack. */
export function whenToastsWanted(wanted: () => void): () => void {
  onWanted = wanted;
  if (waiting.length > 0) wanted();
  return () => {
    onWanted = null;
  };
}
