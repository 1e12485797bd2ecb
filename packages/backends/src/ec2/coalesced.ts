/**
 * Coalesces concurrent calls. A caller that arrives during a call shares the next call with later callers, so a result
 * is never older than the caller's request.
 */
export class Coalesced<T> {
  readonly #call: () => Promise<T>;
  #running: Promise<T> | null = null;
  #next: Promise<T> | null = null;

  constructor(call: () => Promise<T>) {
    this.#call = call;
  }

  get(): Promise<T> {
    if (this.#running === null) return this.#start();
    const start = () => this.#start();
    this.#next ??= this.#running.then(start, start);
    return this.#next;
  }

  #start(): Promise<T> {
    this.#next = null;
    const running = this.#call().finally(() => {
      if (this.#running === running) this.#running = null;
    });
    this.#running = running;
    return running;
  }
}
