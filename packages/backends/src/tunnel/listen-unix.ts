import { chmod, lstat, unlink } from "node:fs/promises";
import { createServer } from "node:http";
import type { TunnelHub } from "./tunnel-hub.ts";

export interface UnixListenerOptions {
  path: string;
  /** `0o600`, or `0o666` when containers that run as other users must reach it. The token is required either way. */
  mode: 0o600 | 0o660 | 0o666;
}

export interface UnixListener {
  readonly path: string;
  /** `ws+unix:` address for `DaemonBoot.tunnelUrl`, for a process with the socket at the same path. */
  readonly tunnelUrl: string;
  /** Accepts no more connections and removes the socket. Sessions belong to the hub and stay open. */
  close(): Promise<void>;
}

/** `sun_path` on Linux holds 108 bytes including the terminating zero. */
const SOCKET_PATH_BYTES_MAX = 107;

/** Serves `/tunnel` upgrades of the hub on a unix socket, and 404 for everything else. */
export async function listenUnix(hub: TunnelHub, { path, mode }: UnixListenerOptions): Promise<UnixListener> {
  if (Buffer.byteLength(path) > SOCKET_PATH_BYTES_MAX) {
    throw new Error(
      `The socket path is longer than ${SOCKET_PATH_BYTES_MAX} bytes. Choose a shorter data directory: ${path}`,
    );
  }
  await removeStaleSocket(path);
  const server = createServer((_request, response) => response.writeHead(404, { connection: "close" }).end());
  server.on("upgrade", (request, socket, head) => {
    if (request.url?.split("?")[0] === "/tunnel") return hub.handleUpgrade(request, socket, head);
    socket.on("error", () => {});
    socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  await chmod(path, mode);
  return {
    path,
    tunnelUrl: `ws+unix:${path}:/tunnel`,
    close: () =>
      new Promise((resolve) => {
        // `close` also waits for upgraded sockets, which belong to the hub.
        server.close();
        server.closeAllConnections();
        resolve();
      }),
  };
}

async function removeStaleSocket(path: string): Promise<void> {
  try {
    const found = await lstat(path);
    if (!found.isSocket()) throw new Error(`${path} exists but is not a socket.`);
    await unlink(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
