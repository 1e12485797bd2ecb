import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type LinkState, TerminalLink, type TerminalLinkOptions } from "./terminal-link.ts";

/** The server's end of a connection. */
class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  static get last(): FakeSocket {
    const last = FakeSocket.all.at(-1);
    if (!last) throw new Error("There is no connection.");
    return last;
  }

  readonly query: URLSearchParams;
  readyState = FakeSocket.OPEN;
  readonly sent: (string | Uint8Array)[] = [];
  readonly #events: Parameters<TerminalLinkOptions["open"]>[1];

  constructor(query: URLSearchParams, events: Parameters<TerminalLinkOptions["open"]>[1]) {
    this.query = query;
    this.#events = events;
    FakeSocket.all.push(this);
  }

  send(data: string | Uint8Array): void {
    this.sent.push(data);
  }

  close(): void {
    this.readyState = 3;
  }

  sends(notice: object): void {
    this.#events.onMessage(JSON.stringify(notice));
  }

  prints(text: string): void {
    this.#events.onMessage(new TextEncoder().encode(text).buffer as ArrayBuffer);
  }

  breaks(code = 1006): void {
    this.#events.onClose(code);
  }
}

const NOT_FOUND = { code: "not_found", message: "", retryable: false };

let screen: string;
let restarts: number;
let states: LinkState[];
let link: TerminalLink;

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.all = [];
  screen = "";
  restarts = 0;
  states = [];
  link = new TerminalLink({
    open: (query, events) => new FakeSocket(query, events),
    onRestart: () => {
      restarts++;
      screen = "";
    },
    onOutput: (bytes, done) => {
      screen += new TextDecoder().decode(bytes);
      done();
    },
    onState: (state) => states.push(state),
  });
  link.open();
});
afterEach(() => {
  vi.useRealTimers();
});

const attach = (offset: number) => FakeSocket.last.sends({ type: "attached", offset });

describe("a terminal's connection", () => {
  test("requests all kept output, sends its size, and acknowledges what is on screen", () => {
    expect(String(FakeSocket.last.query)).toBe("acknowledge=true");
    link.resize(100, 30);
    attach(50);
    FakeSocket.last.prints("hello");
    expect(screen).toBe("hello");
    expect(FakeSocket.last.sent).toEqual([
      '{"type":"resize","columns":100,"rows":30}',
      '{"type":"resize","columns":100,"rows":30}',
      '{"type":"received","offset":55}',
    ]);
  });

  test("resumes after the last byte when it breaks", async () => {
    attach(50);
    FakeSocket.last.prints("hello");
    FakeSocket.last.breaks();
    expect(states.at(-1)).toEqual({ kind: "lost" });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(FakeSocket.last.query.get("after")).toBe("55");
    attach(55);
    FakeSocket.last.prints(" again");
    expect([screen, restarts, states.at(-1)]).toEqual(["hello again", 1, { kind: "connected" }]);
  });

  test("starts again when the output to resume is no longer kept", async () => {
    attach(0);
    FakeSocket.last.prints("old");
    FakeSocket.last.breaks(1012);
    await vi.advanceTimersByTimeAsync(1_000);
    attach(9_000);
    FakeSocket.last.prints("new");
    expect([screen, restarts]).toEqual(["new", 2]);
  });

  test("waits longer after each failure, and retries at once on request", async () => {
    for (let failure = 0; failure < 6; failure++) {
      FakeSocket.last.breaks();
      await vi.advanceTimersByTimeAsync(15_000);
    }
    const count = FakeSocket.all.length;
    FakeSocket.last.breaks();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(FakeSocket.all).toHaveLength(count);
    link.retryNow();
    expect(FakeSocket.all).toHaveLength(count + 1);
  });

  test.each([
    ["reported as exited", { type: "exited", exitCode: 3 }, 1000, { kind: "ended", exitCode: 3, problem: null }],
    ["not there", { type: "problem", problem: NOT_FOUND }, 4404, { kind: "ended", exitCode: null, problem: NOT_FOUND }],
  ])("ends with its shell: %s", async (_how, notice, code, state) => {
    FakeSocket.last.sends(notice);
    FakeSocket.last.breaks(code);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([states.at(-1), FakeSocket.all.length]).toEqual([state, 1]);
  });

  test("pauses while the server refuses, and reconnects on request", async () => {
    const problem = { code: "workspace_not_running", message: "It is paused.", retryable: false };
    FakeSocket.last.sends({ type: "problem", problem });
    FakeSocket.last.breaks(4409);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([states.at(-1), FakeSocket.all.length]).toEqual([{ kind: "refused", problem }, 1]);
    link.retryNow();
    expect(FakeSocket.all).toHaveLength(2);
  });

  test("splits long input into messages that the server accepts", () => {
    attach(0);
    link.type(new Uint8Array(150_000));
    expect(FakeSocket.last.sent.map((piece) => piece.length)).toEqual([65_536, 65_536, 18_928]);
  });
});
