import { readLocal, writeLocal } from "#shared/storage/local.ts";

const asText = (value: unknown) => (typeof value === "string" ? value : undefined);
const asBoolean = (value: unknown) => (typeof value === "boolean" ? value : undefined);

const activeKey = (actorId: string, workspaceId: string) => `berth:terminal:${actorId}:${workspaceId}`;
const readerKey = (actorId: string) => `berth:terminal-screen-reader:${actorId}`;

/** The last active terminal, restored after a reload. */
export const rememberedTerminal = (actorId: string, workspaceId: string): string | null =>
  readLocal(activeKey(actorId, workspaceId), asText) ?? null;

export const rememberTerminal = (actorId: string, workspaceId: string, id: string): boolean =>
  writeLocal(activeKey(actorId, workspaceId), id);

const closedKey = (actorId: string, workspaceId: string) => `berth:terminals-closed:${actorId}:${workspaceId}`;
const asIds = (value: unknown) => (Array.isArray(value) ? value.filter((id) => typeof id === "string") : undefined);

/** Ended terminals that were closed on the page, which the API lists for some time. */
export const closedTerminals = (actorId: string, workspaceId: string): ReadonlySet<string> =>
  new Set(readLocal(closedKey(actorId, workspaceId), asIds));

/** Keeps the ids that the API still lists, so that the list stays short. */
export const rememberClosed = (
  actorId: string,
  workspaceId: string,
  closed: ReadonlySet<string>,
  listed: readonly { id: string }[],
): boolean =>
  writeLocal(
    closedKey(actorId, workspaceId),
    listed.filter(({ id }) => closed.has(id)).map(({ id }) => id),
  );

/** Whether terminal text is exposed to screen readers. It costs speed, so it is optional. */
export const isForScreenReaders = (actorId: string): boolean => readLocal(readerKey(actorId), asBoolean) ?? false;

export const setForScreenReaders = (actorId: string, isOn: boolean): boolean => writeLocal(readerKey(actorId), isOn);
