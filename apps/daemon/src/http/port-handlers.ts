import { once } from "node:events";
import { constants } from "node:http2";
import { connect, type Socket } from "node:net";
import { DomainError, LIMITS, PORT_MAX, type PortListener } from "@berth/domain";
import type { Call } from "./call.ts";
import type { Handler } from "./handler.ts";

export const getPorts: Handler = async ({ listeners }, call) => call.respondJson({ listeners: await listeners.list() });

let open = 0;

/** Connects to a port and passes bytes on in both directions. Each side is read only as fast as the other accepts. */
export const connectPort: Handler = async ({ listeners }, call) => {
  const port = call.integer("port", 0, PORT_MAX);
  if (open >= LIMITS.portConnectionsMax) {
    const message = `The workspace has ${LIMITS.portConnectionsMax} open connections to its ports. Close some.`;
    throw new DomainError("too_many_requests", message);
  }
  open += 1;
  try {
    const socket = await connectTo(await listeners.on(port), port);
    if (call.stream.destroyed) return void socket.destroy();
    await join(call, socket);
  } finally {
    open -= 1;
  }
};

const ANY: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };
const CONNECT_MS_MAX = 10_000;

async function connectTo(listeners: readonly PortListener[], port: number): Promise<Socket> {
  for (const { address } of listeners) {
    const socket = connect({ host: ANY[address] ?? address, port, allowHalfOpen: true, noDelay: true });
    try {
      await once(socket, "connect", { signal: AbortSignal.timeout(CONNECT_MS_MAX) });
      return socket;
    } catch {
      // The next address may accept it.
      socket.destroy();
    }
  }
  throw new DomainError("port_not_listening", `Nothing accepts connections on port ${port}.`);
}

/** Resolves when both directions have ended. A connection that breaks resets the stream, so that it never looks complete. */
function join({ stream }: Call, socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.once("error", () => stream.close(constants.NGHTTP2_CONNECT_ERROR));
  socket.once("close", resolve);
  // A cancelled request has not ended: the server must not mistake a part of it for all of it.
  stream.once("aborted", () => socket.resetAndDestroy());
  stream.once("close", () => socket.destroy());
  stream.respond({ ":status": 200, "content-type": "application/octet-stream" });
  stream.pipe(socket);
  socket.pipe(stream);
  return promise;
}
