import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type LinkState, TerminalLink } from "./terminal-link.ts";

/** The server's end of a connection, with the browser's WebSocket interface. */
class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  static get last(): FakeSocket {
    const last = FakeSocket.all.at(-1);
    if (!last) throw new Error("There is no connection.");
    return last;
  }

  readonly url: URL;
  readyState = FakeSocket.OPEN;
  readonly sent: (string | Uint8Array)[] = [];
  onmessage: (event: { data: string | ArrayBuffer }) => void = () => {};
  onclose: (event: { code: number }) => void = () => {};

  constructor(url: URL) {
    this.url = url;
    FakeSocket.all.push(this);
  }

  send(data: string | Uint8Array): void {
    this.sent.push(data);
  }

  close(): void {
    this.readyState = 3;
  }

  tells(notice: object): void {
    this.onmessage({ data: JSON.stringify(notice) });
  }

  prints(text: string): void {
    this.onmessage({ data: new TextEncoder().encode(text).buffer as ArrayBuffer });
  }

  breaks(code = 1006): void {
    this.onclose({ code });
  }
}

let screen: string;
let restarts: number;
let states: LinkState[];
let link: TerminalLink;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", FakeSocket);
  vi.stubGlobal("window", { location: { href: "https://berth.example/?w=1" } });
  FakeSocket.all = [];
  screen = "";
  restarts = 0;
  states = [];
  link = new TerminalLink("/terminal/w/t", {
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
  vi.unstubAllGlobals();
});

const attach = (offset: number) => FakeSocket.last.tells({ type: "attached", offset });

describe("a terminal's connection", () => {
  test("requests all kept output, sends its size, and acknowledges what is on screen", () => {
    expect(String(FakeSocket.last.url)).toBe("wss://berth.example/terminal/w/t?acknowledge=true");
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
    expect(FakeSocket.last.url.searchParams.get("after")).toBe("55");
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
    link.hurry();
    expect(FakeSocket.all).toHaveLength(count + 1);
  });

  test.each([
    ["reported as exited", { type: "exited", exitCode: 3 }, 1000, { kind: "ended", exitCode: 3 }],
    [
      "not there",
      { type: "problem", problem: { code: "not_found", message: "" } },
      4404,
      { kind: "ended", exitCode: null },
    ],
  ])("ends with its shell: %s", async (_how, notice, code, state) => {
    FakeSocket.last.tells(notice);
    FakeSocket.last.breaks(code);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([states.at(-1), FakeSocket.all.length]).toEqual([state, 1]);
  });

  test("pauses while the server refuses, and reconnects on request", async () => {
    const problem = { code: "workspace_not_running", message: "It is paused.", retryable: false };
    FakeSocket.last.tells({ type: "problem", problem });
    FakeSocket.last.breaks(4409);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([states.at(-1), FakeSocket.all.length]).toEqual([{ kind: "refused", problem }, 1]);
    link.hurry();
    expect(FakeSocket.all).toHaveLength(2);
  });

  test("splits long input into messages that the server accepts", () => {
    attach(0);
    link.type(new Uint8Array(150_000));
    expect(FakeSocket.last.sent.map((piece) => piece.length)).toEqual([65_536, 65_536, 18_928]);
  });
});
