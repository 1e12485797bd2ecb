/** An undoable change. Undo and redo go through the API, like the change itself. */
export interface Change {
  /** What was done, in words that follow "Undone:", e.g. `rename of api to web`. */
  what: string;
  undo(): Promise<void>;
  redo(): Promise<void>;
}

const KEPT = 50;

/** The history of done and undone changes. One step at a time: further key presses wait for the response. */
export class UndoStack {
  readonly #done: Change[] = [];
  readonly #undone: Change[] = [];
  #last: Promise<unknown> = Promise.resolve();

  push(change: Change): void {
    this.#done.push(change);
    if (this.#done.length > KEPT) this.#done.shift();
    this.#undone.length = 0;
  }

  forget(change: Change): void {
    for (const list of [this.#done, this.#undone]) {
      const at = list.indexOf(change);
      if (at >= 0) list.splice(at, 1);
    }
  }

  /**
   * @returns what was undone, or null when there was nothing. @throws when the API refuses; the change is then forgotten.
   */
  undo(): Promise<string | null> {
    return this.#next(() => this.#step(this.#done, this.#undone, (change) => change.undo()));
  }

  redo(): Promise<string | null> {
    return this.#next(() => this.#step(this.#undone, this.#done, (change) => change.redo()));
  }

  async #step(from: Change[], to: Change[], apply: (change: Change) => Promise<void>): Promise<string | null> {
    const change = from.pop();
    if (!change) return null;
    await apply(change);
    to.push(change);
    return change.what;
  }

  #next<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#last.then(step);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
