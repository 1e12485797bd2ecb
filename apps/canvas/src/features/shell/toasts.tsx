"use client";

import { useState } from "react";
import { useHasWaiting } from "#shared/commands/pending-command.ts";
import { lazyPart } from "#shared/ui/lazy-part.tsx";
import { toastCommand } from "#shared/ui/toast.ts";

const ToastStack = lazyPart(() => import("./toast-stack.tsx").then((module) => module.ToastStack), { isQuiet: true });

/** One stack for all messages, loaded with the first one. */
export function Toasts() {
  const hasWaiting = useHasWaiting(toastCommand);
  const [isNeeded, setIsNeeded] = useState(false);
  if (hasWaiting && !isNeeded) setIsNeeded(true);
  return isNeeded && <ToastStack />;
}
