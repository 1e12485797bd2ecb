import { performServerHandshake, type ServerHttp2Stream } from "node:http2";
import { connectAsDaemon } from "./connect-as-daemon.ts";
import { MISBEHAVIOURS, type Misbehaviour } from "./misbehaviours.ts";

/**
 * A daemon that misbehaves according to the last message. Arguments: the socket's path, the incarnation and the token.
 */
const [, , socketPath = "", incarnationId = "", token = ""] = process.argv;

function connect(): void {
  let misbehave: (stream: ServerHttp2Stream) => void = () => {};
  connectAsDaemon({ socketPath, incarnationId, token }, (socket) => {
    const session = performServerHandshake(socket, { maxOutstandingPings: 1e9, maxOutstandingSettings: 1e9 } as object);
    session.on("error", () => {});
    // The session of a socket that closed before the handshake reports nothing.
    for (const each of [session, socket]) each.on("close", () => process.exit(0));
    if (socket.destroyed) process.exit(0);
    session.on("stream", (stream: ServerHttp2Stream) => {
      stream.on("error", () => {});
      misbehave(stream);
    });
    process.on("message", (message: { misbehaviour?: Misbehaviour }) => {
      if (message.misbehaviour) misbehave = MISBEHAVIOURS[message.misbehaviour];
      process.send?.("done");
    });
  });
}

if (socketPath) connect();
