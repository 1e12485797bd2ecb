import type { FileHandle } from "node:fs/promises";

const BLOCK_BYTES = 512;
const NEWLINE = 0x0a;

/**
 * Writes a file with holes (GNU sparse 1.0): a map of the parts with data, in decimal lines padded to a block, and then
 * the data.
 *
 * @returns the size of the file
 * @see https://www.gnu.org/software/tar/manual/html_section/Sparse-Formats.html
 */
export async function writeSparse(
  file: FileHandle,
  content: AsyncIterable<Buffer>,
  sizeBytes: number,
): Promise<number> {
  const map = new SparseMap();
  let part = 0;
  let writtenOfPart = 0;
  for await (const chunk of content) {
    let rest = map.read(chunk);
    while (rest.length > 0) {
      const current = map.parts[part];
      if (!current) break;
      const piece = rest.subarray(0, current.size - writtenOfPart);
      await file.write(piece, 0, piece.length, current.offset + writtenOfPart);
      writtenOfPart += piece.length;
      rest = rest.subarray(piece.length);
      if (writtenOfPart < current.size) continue;
      part += 1;
      writtenOfPart = 0;
    }
  }
  await file.truncate(sizeBytes);
  return sizeBytes;
}

class SparseMap {
  readonly parts: { offset: number; size: number }[] = [];
  #numbers: number[] = [];
  #digits = "";
  #bytesRead = 0;
  /** The bytes of the map with its padding; null until it is complete. */
  #lengthBytes: number | null = null;

  /** @returns the bytes after the map */
  read(chunk: Buffer): Buffer {
    let at = 0;
    while (at < chunk.length && this.#lengthBytes === null) {
      const byte = chunk[at] ?? 0;
      at += 1;
      this.#bytesRead += 1;
      if (byte === NEWLINE) this.#endNumber();
      else this.#digits += String.fromCharCode(byte);
    }
    if (this.#lengthBytes === null) return chunk.subarray(chunk.length);
    const padding = Math.min(chunk.length - at, this.#lengthBytes - this.#bytesRead);
    this.#bytesRead += padding;
    return chunk.subarray(at + padding);
  }

  #endNumber(): void {
    this.#numbers.push(Number(this.#digits));
    this.#digits = "";
    const [count = 0, ...rest] = this.#numbers;
    if (rest.length < 2 * count) return;
    for (let at = 0; at < rest.length; at += 2) {
      const part = { offset: rest[at] ?? 0, size: rest[at + 1] ?? 0 };
      if (part.size > 0) this.parts.push(part);
    }
    this.#lengthBytes = Math.ceil(this.#bytesRead / BLOCK_BYTES) * BLOCK_BYTES;
  }
}
