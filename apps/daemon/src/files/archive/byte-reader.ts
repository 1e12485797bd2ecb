/** Reads a stream in exact or bounded amounts of bytes. */
export class ByteReader {
  readonly #source: AsyncIterator<Buffer>;
  #chunk: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** @returns fewer bytes when the stream ends first. */
  async take(bytes: number): Promise<Buffer> {
    const taken: Buffer[] = [];
    let missing = bytes;
    while (missing > 0) {
      const chunk = await this.some(missing);
      if (chunk === null) break;
      taken.push(chunk);
      missing -= chunk.length;
    }
    return taken.length === 1 && taken[0] ? taken[0] : Buffer.concat(taken);
  }

  /** Returns 1 to `bytesMax` bytes; null at the end of the stream. */
  async some(bytesMax: number): Promise<Buffer | null> {
    while (this.#chunk.length === 0) {
      const { value, done } = await this.#source.next();
      if (done) return null;
      this.#chunk = value;
    }
    const some = this.#chunk.subarray(0, bytesMax);
    this.#chunk = this.#chunk.subarray(some.length);
    return some;
  }

  /** Reads to the end, so that the sender can finish data that is not needed. */
  async drain(): Promise<void> {
    while ((await this.some(Number.MAX_SAFE_INTEGER)) !== null);
  }
}
