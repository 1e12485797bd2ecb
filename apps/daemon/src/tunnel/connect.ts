import { readdir } from "node:fs/promises";
import { request } from "node:http";
import type { Socket } from "node:net";
import { basename, dirname, join } from "node:path";
import { type DaemonBoot, TUNNEL_HEADERS, TUNNEL_UPGRADES } from "@berth/domain";
import type { ConnectionEvents } from "./connect-web-socket.ts";

const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Makes one attempt to connect to the API at `tunnelUrl`. @returns a function that aborts it. */
export function connect(tunnelUrl: string, boot: DaemonBoot, events: ConnectionEvents): () => void {
  return tunnelUrl.startsWith(UNIX)
    ? connectUnixSocket(tunnelUrl, boot, events)
    : connectLazily(tunnelUrl, boot, events);
}

const UNIX = "ws+unix:";

/**
 * The addresses of the API: the one in the boot document, and for a socket also the others in its folder, where other API
 * processes of this host listen.
 */
export async function tunnelUrls({ tunnelUrl }: Pick<DaemonBoot, "tunnelUrl">): Promise<string[]> {
  if (!tunnelUrl.startsWith(UNIX)) return [tunnelUrl];
  const { socketPath, path } = parseUnixUrl(tunnelUrl);
  const folder = dirname(socketPath);
  const names = await readdir(folder).catch(() => []);
  const others = names.filter((name) => name.endsWith(".sock") && name !== basename(socketPath)).sort();
  return [tunnelUrl, ...others.map((name) => `${UNIX}${join(folder, name)}:${path}`)];
}

const credentials = (boot: DaemonBoot) => ({
  authorization: `Bearer ${boot.tunnelToken}`,
  [TUNNEL_HEADERS.incarnation]: boot.incarnationId,
});

/** `ws+unix:<socket path>:<request path>`. */
function parseUnixUrl(url: string): { socketPath: string; path: string } {
  const both = url.slice(UNIX.length);
  const at = both.lastIndexOf(":/");
  return at < 0 ? { socketPath: both, path: "/" } : { socketPath: both.slice(0, at), path: both.slice(at + 1) };
}

function connectUnixSocket(tunnelUrl: string, boot: DaemonBoot, { opened, closed }: ConnectionEvents): () => void {
  const headers = { ...credentials(boot), connection: "Upgrade", upgrade: TUNNEL_UPGRADES.bare };
  // Without an agent, which would pool the socket.
  const attempt = request({ ...parseUnixUrl(tunnelUrl), headers, agent: false, timeout: HANDSHAKE_TIMEOUT_MS });
  let upgraded: Socket | undefined;
  let why = "the connection closed";
  attempt.once("upgrade", (_response, socket: Socket, head) => {
    upgraded = socket;
    socket.setTimeout(0);
    if (head.length > 0) socket.unshift(head);
    socket.on("error", () => {});
    socket.once("close", () => closed("the connection closed"));
    opened(socket, socket);
  });
  attempt.once("response", (response) => {
    why = `it returned ${response.statusCode}`;
    attempt.destroy();
  });
  attempt.once("timeout", () => attempt.destroy(new Error("no response in time")));
  attempt.on("error", (error) => {
    why = error.message;
  });
  attempt.once("close", () => {
    if (upgraded === undefined) closed(why);
  });
  attempt.end();
  return () => (upgraded ?? attempt).destroy();
}

/** Loaded lazily: it takes a third of the daemon's start time. */
function connectLazily(tunnelUrl: string, boot: DaemonBoot, events: ConnectionEvents): () => void {
  let disconnect = () => events.closed("given up");
  let givenUp = false;
  void import("./connect-web-socket.ts").then(({ connectWebSocket }) => {
    if (!givenUp) disconnect = connectWebSocket(tunnelUrl, credentials(boot), events);
  });
  return () => {
    givenUp = true;
    disconnect();
  };
}
