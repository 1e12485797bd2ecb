const NEWLINE = 0x0a;

/** The last bytes of an endless output, found by their place in the whole. */
export class Scrollback {
  readonly #bytesMax: number;
  readonly #chunks: Buffer[] = [];
  #start = 0;
  #end = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Of the first byte that is kept. */
  get start(): number {
    return this.#start;
  }

  /** Of the byte that comes next. */
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
      // A copy, or a small rest would keep the whole of a large chunk in memory.
      if (dropped === oldest.length) this.#chunks.shift();
      else this.#chunks[0] = Buffer.from(oldest.subarray(dropped));
      this.#start += dropped;
      surplus -= dropped;
    }
  }

  /** Up to `bytesMax` bytes from `offset` on; empty at the end. `offset` must not lie before `start`. */
  read(offset: number, bytesMax: number): Buffer {
    let at = this.#start;
    for (const chunk of this.#chunks) {
      if (offset < at + chunk.length) return chunk.subarray(offset - at, offset - at + bytesMax);
      at += chunk.length;
    }
    return Buffer.alloc(0);
  }

  /** Where somebody who has seen nothing begins: behind a cut line, since the cut may be inside of a character. */
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
