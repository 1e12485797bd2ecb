import { request } from "node:http";
import { performServerHandshake, type ServerHttp2Stream } from "node:http2";
import { MISBEHAVIOURS, type Misbehaviour } from "./misbehaviours.ts";

/** A daemon that misbehaves as it was last told. Arguments: the socket's path, the incarnation and the token. */
const [, , socketPath, incarnationId, token] = process.argv;

function dial(): void {
  let misbehave: (stream: ServerHttp2Stream) => void = () => {};
  const asking = request({
    socketPath,
    path: "/tunnel",
    headers: {
      connection: "Upgrade",
      upgrade: "berth-tunnel",
      authorization: `Bearer ${token}`,
      "x-berth-incarnation": incarnationId,
    },
  });
  asking.on("upgrade", (_response, socket, head) => {
    if (head.length > 0) socket.unshift(head);
    const session = performServerHandshake(socket, { maxOutstandingPings: 1e9, maxOutstandingSettings: 1e9 } as object);
    session.on("error", () => {});
    session.on("close", () => process.exit(0));
    session.on("stream", (stream: ServerHttp2Stream) => {
      stream.on("error", () => {});
      misbehave(stream);
    });
    process.on("message", (told: { misbehaviour?: Misbehaviour }) => {
      if (told.misbehaviour) misbehave = MISBEHAVIOURS[told.misbehaviour];
      process.send?.("done");
    });
  });
  asking.end();
}

if (socketPath) dial();
