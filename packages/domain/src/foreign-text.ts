/** Control characters, and those that change the direction or the look of the text around them. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu;
const CHARS_MAX = 300;

/** A text that somebody outside wrote, e.g. a workspace or a registry: one line without control characters, cut to a limit. */
export function plainForeignText(text: string, charsMax: number = CHARS_MAX): string {
  // Cut first: the rest need not even be looked at. Spaces that collapse may make the result shorter.
  const line = text
    .slice(0, charsMax * 4)
    .replace(INVISIBLE, " ")
    .replace(/\s+/gu, " ")
    .trim();
  const characters = [...line];
  return characters.length <= charsMax ? line : `${characters.slice(0, charsMax).join("")}…`;
}

/** The same in quotation marks. Nothing in the text can close them. */
export const quoteForeignText = (text: string, charsMax?: number): string =>
  `"${plainForeignText(text, charsMax).replaceAll('"', "'")}"`;

/** Several lines, each marked as a quotation. */
export const quoteForeignLines = (text: string): string =>
  text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => `> ${plainForeignText(line)}`)
    .join("\n");
