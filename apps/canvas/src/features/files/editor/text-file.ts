export interface TextFile {
  text: string;
  /** What ends its lines. Kept, so that saving changes only the lines that were edited. */
  lineSeparator: "\n" | "\r\n";
}

/** How a PDF begins. Many have no zero byte and are valid UTF-8, and are no text all the same. */
const PDF = "%PDF-";

/** Base64 to text, or null when the bytes are no UTF-8 text: those are never opened in an editor. */
export function decodeText(base64: string): TextFile | null {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  if (bytes.includes(0)) return null;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    if (text.startsWith(PDF)) return null;
    return { text, lineSeparator: lineSeparatorOf(text) };
  } catch {
    return null;
  }
}

/** `\r\n` only when every line ends so; in a mixed file a lone `\r` is a character like any other. */
export function lineSeparatorOf(text: string): "\n" | "\r\n" {
  const pairs = text.split("\r\n").length - 1;
  const isUniform = pairs > 0 && pairs === text.split("\n").length - 1 && pairs === text.split("\r").length - 1;
  return isUniform ? "\r\n" : "\n";
}
