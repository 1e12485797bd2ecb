"use client";

import type { Command } from "@berth/domain";
import { Square } from "lucide-react";
import { useState } from "react";
import { useServerNow } from "#shared/clock/clock-store.ts";
import { formatAgo, formatBytes, formatDateTime, formatDuration } from "#shared/text/format.ts";
import { Button } from "#shared/ui/button.tsx";
import { CopyButton } from "#shared/ui/copy-button.tsx";
import { cx } from "#shared/ui/cx.ts";
import { ErrorNotice } from "#shared/ui/error-notice.tsx";
import { notifyError } from "#shared/ui/notify.tsx";
import { Spinner } from "#shared/ui/spinner.tsx";
import { useUrlPart } from "#shared/url/use-url-state.ts";
import { type useCommands, useStopCommand } from "../queries.ts";
import { CommandOutput } from "./command-output.tsx";
import { isGood, lineOf, stateText } from "./command-text.ts";
import { useCommandOutput } from "./use-command-output.ts";

/** The workspace's commands, newest first, with the output of one at a time: each uses a connection of the browser. */
export function CommandList({ commands }: { commands: ReturnType<typeof useCommands> }) {
  const items = commands.data?.pages.flatMap((page) => page.items) ?? [];
  const [openId, setOpenId] = useState(() => items.find(({ state }) => state === "running")?.id ?? null);
  if (commands.error) {
    return (
      <ErrorNotice error={commands.error} onRetry={() => void commands.refetch()} isRetrying={commands.isFetching} />
    );
  }
  return (
    <>
      <ol aria-label="Commands, newest first" className="grid grid-cols-1 gap-2">
        {items.map((command) => (
          <CommandItem
            key={command.id}
            command={command}
            isOpen={command.id === openId}
            onToggle={(isOpen) => setOpenId(isOpen ? command.id : null)}
          />
        ))}
      </ol>
      {commands.hasNextPage && (
        <Button
          className="mt-3 w-full"
          isBusy={commands.isFetchingNextPage}
          onClick={() => void commands.fetchNextPage()}
        >
          Show older commands
        </Button>
      )}
    </>
  );
}

interface CommandItemProps {
  command: Command;
  isOpen: boolean;
  onToggle(isOpen: boolean): void;
}

function CommandItem({ command, isOpen, onToggle }: CommandItemProps) {
  const isShown = useUrlPart((state) => state.tab === "activity");
  const { state, startedAt } = command;
  return (
    <li className="rounded-lg border border-line">
      <details
        open={isOpen}
        onToggle={({ currentTarget: { open } }) => {
          if (open !== isOpen) onToggle(open);
        }}
      >
        <summary className="flex list-none items-center gap-2 rounded-lg px-3 py-2 hover:bg-ink/4">
          {state === "running" && <Spinner className="shrink-0 text-busy" />}
          <code className={cx("min-w-0 flex-1 text-[13px]", isOpen ? "line-clamp-6 break-words" : "truncate")}>
            {lineOf(command.command)}
          </code>
          <span
            className={cx(
              "shrink-0 text-[13px]",
              state === "exited" && !isGood(command) ? "font-medium text-bad" : "text-ink-soft",
            )}
          >
            {stateText(command)}
          </span>
          <time dateTime={startedAt} title={formatDateTime(startedAt)} className="shrink-0 text-[13px] text-ink-faint">
            <Ago at={startedAt} />
          </time>
        </summary>
        {isOpen && isShown && <CommandDetails command={command} />}
      </details>
    </li>
  );
}

function CommandDetails({ command }: { command: Command }) {
  const stop = useStopCommand();
  const output = useCommandOutput(command);
  const { id, workspaceId, state, startedAt, endedAt, cwd, stdoutBytes, stderrBytes } = command;
  const text = output.pieces.map((piece) => piece.text).join("");
  return (
    <div className="border-t border-line">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 py-1 pr-1 pl-3 text-[13px] text-ink-soft">
        <span className="min-w-0 flex-1 truncate">
          in <code>{cwd}</code>
          {", "}
          {endedAt ? (
            `took ${formatDuration(Date.parse(endedAt) - Date.parse(startedAt))}`
          ) : (
            <Running since={startedAt} />
          )}
          {state === "exited" && `, ${formatBytes(stdoutBytes + stderrBytes)} of output`}
        </span>
        {state === "running" && (
          <Button
            size="small"
            kind="dangerPlain"
            icon={<Square aria-hidden className="size-3.5 fill-current" />}
            isBusy={stop.isPending || stop.isSuccess}
            onClick={() =>
              stop.mutate(
                { workspaceId, id, signal: "SIGTERM" },
                { onError: (error) => notifyError(error, "The command was not stopped.") },
              )
            }
          >
            Stop
          </Button>
        )}
        <CopyButton text={text} label="Copy output" />
      </div>
      {state === "lost" ? (
        <p className="border-t border-line p-3 text-ink-soft">
          Its machine went away, so its output and exit code are unknown.
        </p>
      ) : output.error ? (
        <ErrorNotice className="m-2" error={output.error} onRetry={output.retry} />
      ) : (
        <CommandOutput output={output} isRunning={state === "running"} />
      )}
    </div>
  );
}

const Ago = ({ at }: { at: string }) => <>{formatAgo(at, useServerNow())}</>;
const Running = ({ since }: { since: string }) => <>for {formatDuration(useServerNow() - Date.parse(since))}</>;
