"use client";

import type { ReactNode } from "react";
import { describeError } from "../api/problem-help.ts";
import { copyText } from "./copy-text.ts";
import { showToast } from "./toast.ts";

/** Errors stay until dismissed; their details can be copied. */
export function notifyError(error: unknown, what?: string): void {
  const text = describeError(error);
  showToast({
    kind: "error",
    title: what ? `${what} ${text.title}` : text.title,
    description: text.next,
    durationMilliseconds: 12_000,
    action: { label: "Copy details", onClick: () => void copyText(text.detail) },
  });
}

export const notifyDone = (title: string, description?: string): void =>
  showToast({ kind: "success", title, description });

/** A message with controls; `dismiss` removes it. */
export const notifyWith = (
  title: string,
  durationMilliseconds: number,
  body: (dismiss: () => void) => ReactNode,
): void => showToast({ kind: "plain", title, durationMilliseconds, description: body });
