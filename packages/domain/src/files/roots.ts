/** The three places a workspace's files are seen. `/agent-home` is the instance's `$HOME`, which a swap wipes. */
export const FILE_ROOTS = ["/workspace", "/configs", "/agent-home"] as const;
export type FileRoot = (typeof FILE_ROOTS)[number];

/** The roots that live on the data volume. */
export const DATA_ROOTS = ["/workspace", "/configs"] as const satisfies readonly FileRoot[];
export type DataRoot = (typeof DATA_ROOTS)[number];

/** Kept free in every root for Berth's unfinished uploads; hidden from listings and archives. */
export const RESERVED_NAME = ".berth";

/** Whether a name at the top of a root is Berth's own, so that no caller can write there. */
export const isReservedName = (name: string): boolean => name === RESERVED_NAME;
