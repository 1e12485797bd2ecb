/** The last bytes as text. Never starts inside a UTF-8 character. */
export function tailOf(bytes: Buffer, tailBytes: number): { text: string; truncated: boolean } {
  let from = Math.max(0, bytes.length - tailBytes);
  const truncated = from > 0;
  while (truncated && from < bytes.length && ((bytes[from] ?? 0) & 0b1100_0000) === 0b1000_0000) from += 1;
  return { text: bytes.toString("utf8", from), truncated };
}
