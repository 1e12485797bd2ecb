"use client";

import type { CanvasNode, WorkspaceStatus } from "@berth/domain";
import { useEffect, useRef, useState } from "react";
import { lookOf } from "#shared/workspace/status.ts";

const SPOKEN_MAX = 3;

/** Says changes of status aloud for those who do not see the map. Many at once are counted. */
export function Announcer({ nodes }: { nodes: readonly CanvasNode[] }) {
  const known = useRef<Map<string, WorkspaceStatus> | null>(null);
  const [words, setWords] = useState("");

  useEffect(() => {
    const before = known.current;
    known.current = new Map(nodes.map((node) => [node.id, node.status]));
    if (!before) return;
    const changed = nodes.filter((node) => before.get(node.id) !== node.status);
    if (changed.length === 0) return;
    const spoken = changed.slice(0, SPOKEN_MAX).map((node) => `${node.name}: ${lookOf(node.status).label}`);
    const rest = changed.length - spoken.length;
    setWords(`${spoken.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`);
  }, [nodes]);

  return (
    <div role="status" aria-live="polite" className="sr-only">
      {words}
    </div>
  );
}
