/** Text, cursor and undo history as JSON: a stored editor state would keep calling its old editor. */
export interface Remembered {
  text: string;
  state: unknown;
  scrollTop: number;
}

const remembered = new Map<string, Remembered>();
const REMEMBERED_MAX = 30;

export const recallEditor = (key: string): Remembered | undefined => remembered.get(key);

export function rememberEditor(key: string, editor: Remembered): void {
  remembered.delete(key);
  remembered.set(key, editor);
  const oldest = remembered.keys().next().value;
  if (remembered.size > REMEMBERED_MAX && oldest !== undefined) remembered.delete(oldest);
}

export const forgetEditor = (key: string): void => {
  remembered.delete(key);
};
