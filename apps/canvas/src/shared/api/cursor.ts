/** The part of a list's input that requests the page after a cursor; empty for the first page. */
export const cursorOf = (cursor: string | null): { cursor?: string } => (cursor === null ? {} : { cursor });
