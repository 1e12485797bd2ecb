import { createPendingCommand } from "#shared/commands/pending-command.ts";

/** Shows a line of a file that may not be open yet. */
export const lineCommand = createPendingCommand<{ fileKey: string; line: number }>({
  replaces: (newer, older) => newer.fileKey === older.fileKey,
});
