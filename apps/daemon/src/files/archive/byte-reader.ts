/** Takes a stream apart: so many bytes at once, or so many bytes as they come. */
export class ByteReader {
  readonly #source: AsyncIterator<Buffer>;
  #chunk: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** @returns what there is when the end comes first. */
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

  /** At least one byte and at most so many; null at the end. */
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

  /** Reads to the end, so that the sender is not stopped in the middle of what does not matter any more. */
  async drain(): Promise<void> {
    while ((await this.some(Number.MAX_SAFE_INTEGER)) !== null);
  }
}
