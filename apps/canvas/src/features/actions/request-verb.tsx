"use client";

import { useEffect, useRef } from "react";
import type { NextStep } from "#shared/workspace/next-step.ts";
import { useVerb } from "./use-verb.ts";

interface RequestVerbProps {
  target: { id: string; generation: number };
  step: NextStep;
  onDone: () => void;
}

/** Requests a verb when it mounts, for lists that show many workspaces and request verbs for few. */
export function RequestVerb({ target, step, onDone }: RequestVerbProps) {
  const { request } = useVerb(target);
  const isAsked = useRef(false);

  useEffect(() => {
    if (isAsked.current) return;
    isAsked.current = true;
    void request(step.verb, { force: step.force }).finally(onDone);
  });

  return null;
}
