/**
 * The three roots of a workspace's files. `/agent-home` is `$HOME` of the instance, which is lost with the instance.
 */
export const FILE_ROOTS = ["/workspace", "/configs", "/agent-home"] as const;
export type FileRoot = (typeof FILE_ROOTS)[number];

/** The roots on the data volume. */
export const DATA_ROOTS = ["/workspace", "/configs"] as const satisfies readonly FileRoot[];
export type DataRoot = (typeof DATA_ROOTS)[number];

/**
 * The name at the top of a root that Berth reserves for unfinished work; callers cannot write there. If a command in
 * the workspace created an entry of that name, it belongs to the user: it is listed, copied and never deleted, and
 * Berth uses the next spare name.
 */
export const RESERVED_NAME = ".berth-daemon";
const SPARE_NAMES = [2, 3, 4, 5, 6, 7, 8, 9].map((number) => `${RESERVED_NAME}-${number}`);
export const RESERVED_NAMES: readonly string[] = [RESERVED_NAME, ...SPARE_NAMES];

/** Whether Berth reserves this name at the top of a root, so that callers cannot write there. */
export const isReservedName = (name: string): boolean => RESERVED_NAMES.includes(name);
