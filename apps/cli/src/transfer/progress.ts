import { type Output, printable, sizeText } from "../output.ts";

const BAR_CHARS = 24;
const REDRAW_MS = 100;

/** A progress bar on a terminal, and nothing anywhere else. */
export class Progress {
  readonly #label: string;
  readonly #totalBytes: number | null;
  readonly #isShown: boolean;
  readonly #startedAt = performance.now();
  #startBytes = 0;
  #bytes = 0;
  #drawnAt = 0;

  constructor(output: Output, label: string, totalBytes: number | null) {
    this.#label = printable(label.length > 32 ? `…${label.slice(-31)}` : label);
    this.#totalBytes = totalBytes;
    this.#isShown = process.stderr.isTTY === true && !output.isJson;
  }

  /** For bytes that were transferred before. */
  startAt(bytes: number): void {
    this.#startBytes = bytes;
    this.#bytes = bytes;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
    const now = performance.now();
    if (!this.#isShown || now - this.#drawnAt < REDRAW_MS) return;
    this.#drawnAt = now;
    this.#draw();
  }

  end(): void {
    if (!this.#isShown) return;
    this.#draw();
    process.stderr.write("\n");
  }

  #draw(): void {
    const seconds = Math.max(0.001, (performance.now() - this.#startedAt) / 1000);
    const rate = `${sizeText((this.#bytes - this.#startBytes) / seconds)}/s`;
    const total = this.#totalBytes;
    const share = total === null ? null : Math.min(1, this.#bytes / Math.max(1, total));
    const bar =
      share === null
        ? ""
        : `[${"#".repeat(Math.round(share * BAR_CHARS)).padEnd(BAR_CHARS, ".")}] ${Math.floor(share * 100)} % `;
    const of = total === null ? "" : ` of ${sizeText(total)}`;
    process.stderr.write(`\r\u001b[K${this.#label} ${bar}${sizeText(this.#bytes)}${of} ${rate}`);
  }
}
