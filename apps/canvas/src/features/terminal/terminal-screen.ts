import { type LinkState, TerminalLink, type TerminalLinkOptions } from "@berth/client/terminal-link";
import { FitAddon } from "@xterm/addon-fit";
import { SearchAddon } from "@xterm/addon-search";
import { Unicode11Addon } from "@xterm/addon-unicode11";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { Terminal } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";
import { copyText } from "#shared/ui/copy-text.ts";
import { searchColours, terminalTheme } from "./palette.ts";
import { muteReplies } from "./replay.ts";
import { actionOf } from "./terminal-keys.ts";

export interface ScreenOptions {
  host: HTMLElement;
  address: string;
  /** The terminal's accessible name. */
  label: string;
  /** The shell was just started by this page, so none of its output is replayed. */
  isFresh: boolean;
  /** The id of the text that explains how to leave the terminal. */
  hintId: string;
  isForScreenReaders: boolean;
  onState: (state: LinkState) => void;
  onFind: () => void;
  onLeave: () => void;
}

export interface Found {
  /** Counted from 1; 0 without a match. */
  at: number;
  count: number;
}

const LINES_KEPT = 10_000;

/** @param address the terminal's path, `/terminal/<workspaceId>/<terminalId>` */
const openAt =
  (address: string): TerminalLinkOptions["open"] =>
  (query, { onMessage, onClose }) => {
    const url = new URL(`${address}?${query}`, window.location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const webSocket = new WebSocket(url);
    webSocket.binaryType = "arraybuffer";
    webSocket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => onMessage(data);
    webSocket.onclose = ({ code }) => onClose(code);
    return webSocket;
  };

/** One terminal on the page: rendering, input and connection. */
export class TerminalScreen {
  readonly #terminal: Terminal;
  readonly #fit = new FitAddon();
  readonly #search = new SearchAddon({ highlightLimit: 2_000 });
  readonly #link: TerminalLink;
  readonly #options: ScreenOptions;
  readonly #resizes: ResizeObserver;

  constructor(options: ScreenOptions) {
    this.#options = options;
    this.#terminal = new Terminal({
      allowProposedApi: true,
      cursorBlink: !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
      fontFamily: getComputedStyle(options.host).fontFamily,
      fontSize: 13,
      minimumContrastRatio: 4.5,
      rightClickSelectsWord: false,
      screenReaderMode: options.isForScreenReaders,
      scrollback: LINES_KEPT,
      theme: terminalTheme(),
    });
    const terminal = this.#terminal;
    terminal.loadAddon(this.#fit);
    terminal.loadAddon(this.#search);
    terminal.loadAddon(new WebLinksAddon(openLink));
    terminal.loadAddon(new Unicode11Addon());
    // xterm defaults to Unicode 6, where an emoji takes one column. Shells use the C library, which says two.
    terminal.unicode.activeVersion = "11";
    terminal.open(options.host);
    terminal.textarea?.setAttribute("aria-label", options.label);
    terminal.textarea?.setAttribute("aria-describedby", options.hintId);

    const replay = muteReplies(terminal);
    let isFresh = options.isFresh;
    this.#link = new TerminalLink({
      open: openAt(options.address),
      onRestart: () => {
        terminal.reset();
        if (!isFresh) replay.begin();
        isFresh = false;
      },
      onOutput: (bytes, done) => {
        replay.extend();
        terminal.write(bytes, done);
      },
      onState: options.onState,
    });
    const encoder = new TextEncoder();
    terminal.onData((text) => this.#link.type(encoder.encode(text)));
    // Mouse reports in the legacy encoding are bytes, not text.
    terminal.onBinary((bytes) => this.#link.type(Uint8Array.from(bytes, (character) => character.charCodeAt(0))));
    terminal.onResize(({ cols, rows }) => this.#link.resize(cols, rows));
    terminal.attachCustomKeyEventHandler((event) => this.#onKey(event));
    this.#resizes = new ResizeObserver(() => this.fit());
    this.#resizes.observe(options.host);
    this.fit();
    this.#link.resize(terminal.cols, terminal.rows);
    this.#link.open();
  }

  /** Fits columns and rows to the available space; does nothing while hidden. */
  fit(): void {
    const { offsetWidth, offsetHeight } = this.#options.host;
    if (offsetWidth > 0 && offsetHeight > 0) this.#fit.fit();
  }

  focus(): void {
    this.#terminal.focus();
  }

  retryNow(): void {
    this.#link.retryNow();
  }

  dispose(): void {
    this.#resizes.disconnect();
    this.#link.close();
    this.#terminal.dispose();
  }

  takeTheme(): void {
    this.#terminal.options.theme = terminalTheme();
  }

  setForScreenReaders(isOn: boolean): void {
    this.#terminal.options.screenReaderMode = isOn;
  }

  find(text: string, direction: "next" | "previous", isTyping = false): void {
    const options = { decorations: searchColours(), incremental: isTyping };
    if (direction === "next") this.#search.findNext(text, options);
    else this.#search.findPrevious(text, options);
  }

  stopFinding(): void {
    this.#search.clearDecorations();
    this.#terminal.clearSelection();
  }

  onFound(listener: (found: Found) => void): () => void {
    const { dispose } = this.#search.onDidChangeResults(({ resultIndex, resultCount }) =>
      listener({ at: resultIndex + 1, count: resultCount }),
    );
    return dispose;
  }

  async copy(): Promise<boolean> {
    const isCopied = await copyText(this.#terminal.getSelection());
    this.#terminal.clearSelection();
    return isCopied;
  }

  /** @returns false when the page handled the key, so the shell must not see it. */
  #onKey(event: KeyboardEvent): boolean {
    const meaning = actionOf(event, this.#terminal.hasSelection());
    if (meaning === null) return true;
    // The browser pastes natively, without a clipboard permission.
    if (meaning === "paste") return false;
    event.preventDefault();
    event.stopPropagation();
    if (event.type !== "keydown") return false;
    if (meaning === "leave") this.#options.onLeave();
    if (meaning === "find") this.#options.onFind();
    if (meaning === "copy") void this.copy();
    if (meaning === "send-f6") this.#terminal.input("\x1b[17~");
    return false;
  }
}

/** A link in terminal output is untrusted and must not control this page. */
function openLink(_event: MouseEvent, address: string): void {
  window.open(address, "_blank", "noopener,noreferrer");
}
