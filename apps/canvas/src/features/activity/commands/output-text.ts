import type { CommandBytes } from "@berth/client/command";
import type { CommandStream } from "@berth/domain";

export interface OutputPiece {
  id: number;
  stream: CommandStream;
  text: string;
}

/** What a page can show without becoming slow. */
const SHOWN_CHARS_MAX = 200_000;

/** The last part of a command's output as text, in the order in which it arrived. */
export class OutputText {
  #pieces: readonly OutputPiece[] = [];
  #chars = 0;
  #ids = 0;
  #isCut = false;
  readonly #streams = new Map<CommandStream, { decoder: TextDecoder; end: number }>();

  /** A new array for each change. */
  get pieces(): readonly OutputPiece[] {
    return this.#pieces;
  }

  /** Whether earlier output is not shown. */
  get isCut(): boolean {
    return this.#isCut;
  }

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  add({ stream, offset, bytes }: CommandBytes): void {
    const known = this.#streams.get(stream) ?? { decoder: new TextDecoder(), end: 0 };
    if (offset > known.end) {
      // The machine keeps only the end of the output, so a character may be incomplete.
      this.#isCut = true;
      known.decoder = new TextDecoder();
    }
    this.#streams.set(stream, { decoder: known.decoder, end: offset + bytes.byteLength });
    const text = known.decoder.decode(bytes, { stream: true });
    if (text !== "") this.#append(stream, text);
  }

  #append(stream: CommandStream, text: string): void {
    const last = this.#pieces.at(-1);
    const pieces =
      last?.stream === stream && last.text.length < SHOWN_CHARS_MAX / 10
        ? [...this.#pieces.slice(0, -1), { ...last, text: last.text + text }]
        : [...this.#pieces, { id: ++this.#ids, stream, text }];
    this.#chars += text.length;
    while (this.#chars > SHOWN_CHARS_MAX) {
      const [first] = pieces;
      if (!first) break;
      const surplus = this.#chars - SHOWN_CHARS_MAX;
      this.#isCut = true;
      if (first.text.length <= surplus) {
        pieces.shift();
        this.#chars -= first.text.length;
      } else {
        pieces[0] = { ...first, text: first.text.slice(surplus) };
        this.#chars -= surplus;
      }
    }
    this.#pieces = pieces;
  }
}
