/** Control characters, and characters that change the direction or look of the text around them. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu;
const CHARS_MAX = 300;

/** Untrusted text, such as from a workspace or a registry: one line without control characters, cut to a limit. */
export function plainUntrustedText(text: string, charsMax: number = CHARS_MAX): string {
  // Cut first, to bound the work. Collapsed spaces may make the result shorter than the limit.
  const line = text
    .slice(0, charsMax * 4)
    .replace(INVISIBLE, " ")
    .replace(/\s+/gu, " ")
    .trim();
  const characters = [...line];
  return characters.length <= charsMax ? line : `${characters.slice(0, charsMax).join("")}…`;
}

/** The same in quotation marks, which the text cannot close. */
export const quoteUntrustedText = (text: string, charsMax?: number): string =>
  `"${plainUntrustedText(text, charsMax).replaceAll('"', "'")}"`;

/** Several lines, each marked as a quotation. */
export const quoteUntrustedLines = (text: string): string =>
  text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => `> ${plainUntrustedText(line)}`)
    .join("\n");
