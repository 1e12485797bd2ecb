/** The part of a list's input that asks for the page after a cursor; nothing for the first page. */
export const cursorOf = (cursor: string | null): { cursor?: string } => (cursor === null ? {} : { cursor });
