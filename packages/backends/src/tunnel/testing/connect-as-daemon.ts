import { request } from "node:http";
import type { Socket } from "node:net";

interface Credentials {
  socketPath: string;
  incarnationId: string;
  token: string;
}

/** Opens a tunnel without the daemon's code, for misbehaving daemons. @param serve gets the upgraded socket */
export function connectAsDaemon(
  { socketPath, incarnationId, token }: Credentials,
  serve: (socket: Socket) => void,
): void {
  const upgrade = request({
    socketPath,
    path: "/tunnel",
    headers: {
      connection: "Upgrade",
      upgrade: "berth-tunnel",
      authorization: `Bearer ${token}`,
      "x-berth-incarnation": incarnationId,
    },
  });
  upgrade.on("upgrade", (_response, socket, head) => {
    if (head.length > 0) socket.unshift(head);
    serve(socket as Socket);
  });
  upgrade.end();
}
