"use client";

import type { ReactNode } from "react";
import { createPendingCommand } from "../commands/pending-command.ts";

export interface Toast {
  kind: "plain" | "success" | "error";
  title: string;
  description?: ReactNode | ((dismiss: () => void) => ReactNode);
  durationMilliseconds?: number;
  action?: { label: string; onClick: () => void } | undefined;
  /** A message replaces the previous one with the same name. */
  place?: string;
}

/** Messages wait until the stack, whose code loads with the first of them, is mounted. None replaces another. */
export const toastCommand = createPendingCommand<Toast>({ replaces: () => false });

export const showToast = toastCommand.send;
