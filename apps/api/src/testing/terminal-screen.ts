import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import type { TerminalNotice } from "@berth/domain";
import { WebSocket } from "ws";
import { type TestApi, until } from "./test-api.ts";

/** Opens a terminal connection that is expected to fail. @returns how it was refused or closed. */
export async function connectTerminal(
  { listening }: Pick<TestApi, "listening">,
  path: string,
  { token, headers = {} }: { token: string | null; headers?: Record<string, string> },
): Promise<{ refused: number; code: string | null } | { closed: number }> {
  const webSocket = openSocket(listening, path, { token, headers });
  webSocket.on("error", () => {});
  const refused = once(webSocket, "unexpected-response").then(async ([, response]: IncomingMessage[]) => {
    const body = response ? await text(response) : "";
    const code = body === "" ? null : (JSON.parse(body).error.data.problem.code as string);
    return { refused: response?.statusCode ?? 0, code };
  });
  const closed = once(webSocket, "close").then(([code]) => ({ closed: code as number }));
  return await Promise.race([refused, closed]);
}

function openSocket(
  origin: string,
  path: string,
  { token, headers }: { token: string | null; headers: Record<string, string> },
): WebSocket {
  const authorization: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
  return new WebSocket(`${origin.replace("http", "ws")}${path}`, { headers: { ...authorization, ...headers } });
}

export interface ScreenOptions {
  origin: string;
  token: string;
  after?: number;
  acknowledge?: boolean;
}

/** A terminal client like the one in a browser. */
export class Screen {
  readonly webSocket: WebSocket;
  readonly notices: TerminalNotice[] = [];
  readonly chunks: Buffer[] = [];
  closed: number | undefined;
  #bytes = 0;
  #marks = 0;

  constructor(workspaceId: string, terminalId: string, { origin, token, after, acknowledge }: ScreenOptions) {
    const query = new URLSearchParams();
    if (after !== undefined) query.set("after", String(after));
    if (acknowledge) query.set("acknowledge", "true");
    this.webSocket = openSocket(origin, `/terminal/${workspaceId}/${terminalId}?${query}`, { token, headers: {} });
    this.webSocket.on("error", () => {});
    this.webSocket.on("close", (code) => {
      this.closed = code;
    });
    this.webSocket.on("message", (data: Buffer, isBinary) => {
      if (!isBinary) {
        this.notices.push(JSON.parse(data.toString()) as TerminalNotice);
        return;
      }
      this.chunks.push(data);
      this.#bytes += data.length;
    });
  }

  /** The offset of the next byte. */
  get offset(): number {
    const [first] = this.notices;
    return (first?.type === "attached" ? first.offset : 0) + this.#bytes;
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString("utf8");
  }

  type(input: string): void {
    this.webSocket.send(Buffer.from(input));
  }

  sendCommand(command: unknown): void {
    this.webSocket.send(JSON.stringify(command));
  }

  attached(): Promise<TerminalNotice> {
    return until(async () => this.notices[0]);
  }

  waitForText(pattern: RegExp, seconds = 20): Promise<RegExpExecArray> {
    return until(async () => pattern.exec(this.text) ?? undefined, seconds);
  }

  /** Runs a command. @returns its output. */
  async ask(command: string): Promise<string> {
    await this.attached();
    this.#marks += 1;
    const mark = `m${this.#marks}`;
    this.type(`echo "${mark}""[$(${command})]"\n`);
    const [, response = ""] = await this.waitForText(new RegExp(`${mark}\\[([^\\]]*)\\]`));
    return response;
  }
}
