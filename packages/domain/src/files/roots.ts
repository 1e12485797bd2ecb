/** The three places a workspace's files are seen. `/agent-home` is the instance's `$HOME`, which a swap wipes. */
export const FILE_ROOTS = ["/workspace", "/configs", "/agent-home"] as const;
export type FileRoot = (typeof FILE_ROOTS)[number];

/** The roots that live on the data volume. */
export const DATA_ROOTS = ["/workspace", "/configs"] as const satisfies readonly FileRoot[];
export type DataRoot = (typeof DATA_ROOTS)[number];

/**
 * The one name at the top of a root that Berth keeps for what it has not finished: no caller can write there. A thing of that
 * name that a command made is the user's: it is listed, carried along and never removed, and Berth goes on under the next of the
 * spare names.
 */
export const RESERVED_NAME = ".berth-daemon";
const SPARE_NAMES = [2, 3, 4, 5, 6, 7, 8, 9].map((number) => `${RESERVED_NAME}-${number}`);
export const RESERVED_NAMES: readonly string[] = [RESERVED_NAME, ...SPARE_NAMES];

/** Whether a name at the top of a root is Berth's own, so that no caller can write there. */
export const isReservedName = (name: string): boolean => RESERVED_NAMES.includes(name);
