const NEWLINE = 0x0a;

/** The last bytes of an unbounded output, addressed by their offset in the whole. */
export class Scrollback {
  readonly #bytesMax: number;
  readonly #chunks: Buffer[] = [];
  #start = 0;
  #end = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** The offset of the first byte kept. */
  get start(): number {
    return this.#start;
  }

  /** The offset of the next byte. */
  get end(): number {
    return this.#end;
  }

  append(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#end += chunk.length;
    for (let surplus = this.#end - this.#start - this.#bytesMax; surplus > 0; ) {
      const [oldest] = this.#chunks;
      if (oldest === undefined) return;
      const dropped = Math.min(surplus, oldest.length);
      // A copy, because a small slice would keep a large chunk in memory.
      if (dropped === oldest.length) this.#chunks.shift();
      else this.#chunks[0] = Buffer.from(oldest.subarray(dropped));
      this.#start += dropped;
      surplus -= dropped;
    }
  }

  /** Returns up to `bytesMax` bytes from `offset`; empty at the end. `offset` must not be before `start`. */
  read(offset: number, bytesMax: number): Buffer {
    let at = this.#start;
    for (const chunk of this.#chunks) {
      if (offset < at + chunk.length) return chunk.subarray(offset - at, offset - at + bytesMax);
      at += chunk.length;
    }
    return Buffer.alloc(0);
  }

  /** The offset where a new reader starts: after the first cut line, because the cut may split a character. */
  get firstWhole(): number {
    if (this.#start === 0) return 0;
    let at = this.#start;
    for (const chunk of this.#chunks) {
      const newline = chunk.indexOf(NEWLINE);
      if (newline >= 0) return at + newline + 1;
      at += chunk.length;
    }
    return this.#start;
  }
}
