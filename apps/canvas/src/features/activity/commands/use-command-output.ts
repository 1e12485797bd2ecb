"use client";

import { commandBytes } from "@berth/client/command";
import type { Command } from "@berth/domain";
import { useEffect, useState } from "react";
import { useTRPCClient } from "#shared/api/trpc.tsx";
import { type OutputPiece, OutputText } from "./output-text.ts";

export interface ShownOutput {
  pieces: readonly OutputPiece[];
  /** Whether earlier output is not shown. */
  isCut: boolean;
  /** Whether no more output follows. */
  isComplete: boolean;
  error: unknown;
}

const NOTHING: ShownOutput = { pieces: [], isCut: false, isComplete: false, error: null };

/** Follows the output of a command. Parts may arrive quickly, so the page is drawn once per frame. */
export function useCommandOutput({ id, workspaceId }: Pick<Command, "id" | "workspaceId">): ShownOutput & {
  retry(): void;
} {
  const client = useTRPCClient();
  const [shown, setShown] = useState(NOTHING);
  const [attempt, setAttempt] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new attempt subscribes again.
  useEffect(() => {
    const output = new OutputText();
    const ended = { isComplete: false, error: null as unknown };
    let frame = 0;
    const show = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => setShown({ pieces: output.pieces, isCut: output.isCut, ...ended }));
    };
    const subscription = client.commands.output.subscribe(
      { workspaceId, id },
      {
        onData: ({ data }) => {
          if ("stream" in data) output.add(commandBytes(data));
          else ended.isComplete = true;
          show();
        },
        onError: (error) => {
          ended.error = error;
          show();
        },
      },
    );
    return () => {
      subscription.unsubscribe();
      cancelAnimationFrame(frame);
    };
  }, [client, workspaceId, id, attempt]);

  return {
    ...shown,
    retry: () => {
      setShown(NOTHING);
      setAttempt((count) => count + 1);
    },
  };
}
