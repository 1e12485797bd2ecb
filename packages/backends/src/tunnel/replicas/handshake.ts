import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

export const REPLICA_PATH = "/replica";
const UPGRADE = "berth-replica";

const HEADERS = {
  from: "berth-replica-from",
  to: "berth-replica-to",
  nonce: "berth-replica-nonce",
  proof: "berth-replica-proof",
} as const;

/** The header of a stream between replicas that names the daemon's incarnation. */
export const INCARNATION_HEADER = "berth-incarnation";

/** Whether an HTTP request is the upgrade of another replica. */
export const isReplicaUpgrade = ({ url, headers }: IncomingMessage): boolean =>
  url?.split("?")[0] === REPLICA_PATH && headers.upgrade?.toLowerCase() === UPGRADE;

/**
 * Both ends prove that they know the installation's secret without sending it. Each proof covers a nonce of the other
 * end, so a recorded handshake cannot be replayed.
 */
interface Handshake {
  from: string;
  to: string;
  connectNonce: string;
  acceptNonce: string;
}

const newNonce = (): string => randomBytes(16).toString("base64url");

const proofOf = (secret: string, side: "dials" | "accepts", handshake: Handshake): string => {
  const { from, to, connectNonce, acceptNonce } = handshake;
  return createHmac("sha256", secret)
    .update(`replica:${side}:${from}:${to}:${connectNonce}:${acceptNonce}`)
    .digest("hex");
};
/** Length of a SHA-256 in hexadecimal digits. */
const PROOF_CHARS = 64;

function isProof(given: unknown, expected: string): boolean {
  if (typeof given !== "string" || given.length !== expected.length) return false;
  return timingSafeEqual(Buffer.from(given), Buffer.from(expected));
}

export interface ReplicaHandshake {
  headers: Record<string, string>;
  /** The first bytes to send after the upgrade; null when the peer is not a replica of this installation. */
  confirm(response: IncomingHttpHeaders): string | null;
}

export function connectReplica(secret: string, { from, to }: Pick<Handshake, "from" | "to">): ReplicaHandshake {
  const connectNonce = newNonce();
  return {
    headers: {
      connection: "Upgrade",
      upgrade: UPGRADE,
      [HEADERS.from]: from,
      [HEADERS.to]: to,
      [HEADERS.nonce]: connectNonce,
    },
    confirm({ [HEADERS.nonce]: acceptNonce, [HEADERS.proof]: proof }) {
      if (typeof acceptNonce !== "string") return null;
      const handshake = { from, to, connectNonce: connectNonce, acceptNonce };
      return isProof(proof, proofOf(secret, "accepts", handshake)) ? proofOf(secret, "dials", handshake) : null;
    },
  };
}

/**
 * Responds to a connection attempt. @returns whether the peer proved itself before the signal aborted; otherwise closes
 * the socket.
 */
export async function acceptReplica(
  { secret, replicaId, signal }: { secret: string; replicaId: string; signal: AbortSignal },
  headers: IncomingHttpHeaders,
  socket: Duplex,
): Promise<boolean> {
  const { [HEADERS.from]: from, [HEADERS.to]: to, [HEADERS.nonce]: connectNonce } = headers;
  // Another process may have this address now, e.g. after a restart with another data directory.
  if (typeof from !== "string" || to !== replicaId || typeof connectNonce !== "string") {
    socket.end("HTTP/1.1 401 Unauthorized\r\nconnection: close\r\ncontent-length: 0\r\n\r\n", () => socket.destroy());
    return false;
  }
  const handshake: Handshake = { from, to, connectNonce, acceptNonce: newNonce() };
  const lines = [
    "HTTP/1.1 101 Switching Protocols",
    "connection: Upgrade",
    `upgrade: ${UPGRADE}`,
    `${HEADERS.nonce}: ${handshake.acceptNonce}`,
    `${HEADERS.proof}: ${proofOf(secret, "accepts", handshake)}`,
  ];
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  const isKnown = isProof(await readStart(socket, PROOF_CHARS, signal), proofOf(secret, "dials", handshake));
  if (!isKnown) socket.destroy();
  return isKnown;
}

/**
 * Reads the first `bytes` bytes; the rest stays in the socket. Null when the socket closes or the signal aborts first.
 */
function readStart(socket: Duplex, bytes: number, signal: AbortSignal): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const read = () => {
    const chunk: Buffer | null = socket.read(bytes);
    if (chunk !== null) resolve(chunk.toString("latin1"));
  };
  const giveUp = () => resolve(null);
  socket.on("readable", read).once("close", giveUp);
  signal.addEventListener("abort", giveUp, { once: true });
  return promise.finally(() => {
    socket.off("readable", read).off("close", giveUp);
    signal.removeEventListener("abort", giveUp);
  });
}
