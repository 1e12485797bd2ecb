export interface TextFile {
  text: string;
  /** The line ending. Kept, so that saving changes only edited lines. */
  lineSeparator: "\n" | "\r\n";
}

/** The magic bytes of a PDF. Many PDFs are valid UTF-8 without a zero byte, but are not text. */
const PDF = "%PDF-";

/** Decodes base64 to text. Null when the bytes are not UTF-8 text: those never open in an editor. */
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

/** `\r\n` only when every line ends that way; in a mixed file a lone `\r` is an ordinary character. */
export function lineSeparatorOf(text: string): "\n" | "\r\n" {
  const pairs = text.split("\r\n").length - 1;
  const isUniform = pairs > 0 && pairs === text.split("\n").length - 1 && pairs === text.split("\r").length - 1;
  return isUniform ? "\r\n" : "\n";
}
