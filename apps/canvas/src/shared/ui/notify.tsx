"use client";

import { toast } from "sonner";
import { describeError } from "../api/problem-help.ts";
import { copyText } from "./copy-text.ts";

/** Errors stay until they are read; their detail can be copied. */
export function notifyError(error: unknown, what?: string): void {
  const text = describeError(error);
  toast.error(what ? `${what} ${text.title}` : text.title, {
    description: text.next,
    duration: 12_000,
    action: { label: "Copy details", onClick: () => void copyText(text.detail) },
  });
}

export const notifyDone = (title: string, description?: string): void => {
  toast.success(title, description ? { description } : {});
};
