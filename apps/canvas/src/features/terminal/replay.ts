import type { IDisposable, IParser, Terminal } from "@xterm/xterm";

const QUIET_MILLISECONDS = 300;
const LONGEST_MILLISECONDS = 2_000;

/**
 * Replayed output can contain queries: for the cursor position, the capabilities, the colours. xterm has already
 * responded to them. A second response would appear on the shell's line like typed text.
 */
export function muteReplies(terminal: Pick<Terminal, "parser" | "write">): { begin(): void; extend(): void } {
  let isMuted = false;
  let latest = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  muteQueries(terminal.parser, () => isMuted);
  const wait = () => {
    clearTimeout(timer);
    const left = Math.min(QUIET_MILLISECONDS, latest - performance.now());
    // Unparsed replay counts as old, too.
    timer = setTimeout(() => terminal.write("", () => (isMuted = false)), Math.max(0, left));
  };
  return {
    begin: () => {
      isMuted = true;
      latest = performance.now() + LONGEST_MILLISECONDS;
      wait();
    },
    extend: () => {
      if (isMuted) wait();
    },
  };
}

/** A handler that returns true consumes the sequence, so xterm does not respond to it. */
function muteQueries(parser: IParser, isMuted: () => boolean): IDisposable[] {
  const askingColour = (data: string) => isMuted() && data.includes("?");
  return [
    ...[{ final: "c" }, { prefix: ">", final: "c" }, { prefix: "=", final: "c" }].map((id) =>
      parser.registerCsiHandler(id, isMuted),
    ),
    ...[{ final: "n" }, { prefix: "?", final: "n" }, { prefix: ">", final: "q" }].map((id) =>
      parser.registerCsiHandler(id, isMuted),
    ),
    ...[
      { intermediates: "$", final: "p" },
      { prefix: "?", intermediates: "$", final: "p" },
    ].map((id) => parser.registerCsiHandler(id, isMuted)),
    parser.registerDcsHandler({ intermediates: "$", final: "q" }, isMuted),
    ...[4, 10, 11, 12].map((code) => parser.registerOscHandler(code, askingColour)),
  ];
}
