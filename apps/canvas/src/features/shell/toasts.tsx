"use client";

import { useEffect, useState } from "react";
import { lazyPart } from "#shared/ui/lazy-part.tsx";
import { whenToastsWanted } from "#shared/ui/toast-door.ts";

const ToastStack = lazyPart(() => import("./toast-stack.tsx").then((module) => module.ToastStack), { isQuiet: true });

/** One stack for all messages, loaded with the first one. */
export function Toasts() {
  const [isWanted, setIsWanted] = useState(false);
  useEffect(() => whenToastsWanted(() => setIsWanted(true)), []);
  return isWanted && <ToastStack />;
}
