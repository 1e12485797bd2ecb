"use client";

import dynamic from "next/dynamic";
import { useEffect, useState } from "react";
import { whenToastsWanted } from "#shared/ui/toast-door.ts";

const ToastStack = dynamic(() => import("./toast-stack.tsx").then((module) => module.ToastStack));

/** One stack for all messages. A visit without a message never loads it. */
export function Toasts() {
  const [isWanted, setIsWanted] = useState(false);
  useEffect(() => whenToastsWanted(() => setIsWanted(true)), []);
  return isWanted && <ToastStack />;
}
