import { type ClientRequest, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { DomainError, type Problem } from "@berth/domain";
import { problemOf } from "../problem-response.ts";
import { type ForwardedRequest, requestHeaders, responseHeaders } from "./headers.ts";

/** A server in a workspace that one request is passed on to. */
export interface Target extends Pick<ForwardedRequest, "port" | "scheme" | "prefix" | "change"> {
  /** The path and query as the caller has written them. */
  path: string;
  changeResponse(name: string, value: string): string | null;
  /** Headers that Berth adds to the response. */
  added: readonly string[];
  /** Opens the connection to it. */
  connect(signal: AbortSignal): Promise<Duplex>;
  /** Aborts when the caller's access ends. */
  signal: AbortSignal;
}

const HEAD_BYTES_MAX = 256 * 1024;

/** The caller has disconnected or its access has ended, so there is no one to respond to. */
class CallerGone extends Error {}

/**
 * Passes a request on, and the response back. Both bodies are streamed, each only as fast as it is read.
 *
 * @param fail responds with a problem; called at most once, and only before the response has begun
 */
export async function proxyRequest(
  incoming: IncomingMessage,
  response: ServerResponse,
  target: Target,
  fail: (problem: Problem) => void,
): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const cut = () => void response.destroy();
  target.signal.addEventListener("abort", cut, { once: true });
  response.once("close", () => target.signal.removeEventListener("abort", cut));
  if (target.signal.aborted) return cut();
  let outgoing: ClientRequest | undefined;
  try {
    const connection = await target.connect(gone.signal);
    outgoing = startRequest(incoming, connection, target, false);
    gone.signal.addEventListener("abort", () => connection.destroy(), { once: true });
    // Not `pipeline`: a server that responds early would destroy the caller's connection.
    incoming.pipe(outgoing);
    const result = await responseTo(outgoing, target.port);
    const headers = responseHeaders(result.rawHeaders, target.changeResponse);
    response.writeHead(result.statusCode ?? 502, result.statusMessage, [...headers, ...target.added]);
    // An event stream may send its first byte much later.
    response.flushHeaders();
    result.once("error", cut).once("aborted", cut);
    result.pipe(response);
  } catch (error) {
    outgoing?.destroy();
    if (response.destroyed || error instanceof CallerGone) return;
    if (response.headersSent) return cut();
    fail(problemOf(error));
  }
}

/** The same for a WebSocket: once the server has accepted it, bytes are passed on unchanged. */
export async function proxyUpgrade(
  incoming: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  target: Target,
  fail: (problem: Problem) => void,
): Promise<void> {
  const gone = new AbortController();
  socket.once("close", () => gone.abort());
  // The server that took the upgrade keeps half-closed sockets open.
  socket.once("end", () => socket.end());
  const cut = () => void socket.destroy();
  target.signal.addEventListener("abort", cut, { once: true });
  socket.once("close", () => target.signal.removeEventListener("abort", cut));
  if (target.signal.aborted || socket.destroyed) return cut();
  try {
    const connection = await target.connect(gone.signal);
    connection.once("close", () => socket.end());
    gone.signal.addEventListener("abort", () => connection.destroy(), { once: true });
    if (gone.signal.aborted) return void connection.destroy();
    const outgoing = startRequest(incoming, connection, target, true);
    outgoing.end();
    outgoing.once("upgrade", (result: IncomingMessage, accepted: Duplex, first: Buffer) => {
      if (socket.destroyed) return void accepted.destroy();
      socket.write(headOf(result, target, ["Connection", "Upgrade", "Upgrade", "websocket"]));
      if (first.length > 0) accepted.unshift(first);
      if (head.length > 0) socket.unshift(head);
      accepted.pipe(socket).pipe(accepted);
    });
    const result = await responseTo(outgoing, target.port);
    // The server refuses the upgrade: its response is passed on.
    socket.write(headOf(result, target, ["Connection", "close"]));
    result.once("error", cut).once("aborted", cut);
    result.pipe(socket);
  } catch (error) {
    if (!socket.destroyed && !(error instanceof CallerGone)) fail(problemOf(error));
  }
}

function startRequest(
  incoming: IncomingMessage,
  connection: Duplex,
  target: Target,
  isUpgrade: boolean,
): ClientRequest {
  const { method = "GET", rawHeaders, headers } = incoming;
  return httpRequest({
    method,
    path: target.path,
    headers: requestHeaders({
      ...target,
      ...{ method, rawHeaders, isUpgrade },
      isChunked: headers["transfer-encoding"] !== undefined,
    }),
    setHost: false,
    maxHeaderSize: HEAD_BYTES_MAX,
    createConnection: () => connection,
  });
}

/** Never resolves when the server accepts an upgrade. */
function responseTo(outgoing: ClientRequest, port: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.once("response", resolve);
    outgoing.on("error", (error) => reject(error instanceof DomainError ? error : broken(port, error)));
    outgoing.once("close", () => reject(new CallerGone()));
  });
}

function headOf(
  { statusCode, statusMessage, rawHeaders }: IncomingMessage,
  target: Target,
  own: readonly string[],
): string {
  const headers = [...responseHeaders(rawHeaders, target.changeResponse), ...target.added, ...own];
  const lines = Array.from({ length: headers.length / 2 }, (_, at) => `${headers[at * 2]}: ${headers[at * 2 + 1]}`);
  return `HTTP/1.1 ${statusCode} ${statusMessage}\r\n${lines.join("\r\n")}\r\n\r\n`;
}

const broken = (port: number, cause: unknown): DomainError =>
  new DomainError(
    "port_broken",
    `The program on port ${port} closed the connection or did not respond in HTTP. Check its output; it may have crashed, or speak HTTPS or another protocol.`,
    { details: { port }, cause },
  );

/** Path and query. Clients may send the whole URL. */
export const pathOf = ({ url = "" }: IncomingMessage): string => url.replace(/^https?:\/\/[^/?]*/i, "") || "/";
