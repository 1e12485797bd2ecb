import { createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

export const REPLICA_PATH = "/replica";
export const REPLICA_UPGRADE = "berth-replica";

export const REPLICA_HEADERS = {
  from: "berth-replica-from",
  to: "berth-replica-to",
  nonce: "berth-replica-nonce",
  proof: "berth-replica-proof",
} as const;

/** On a stream between replicas: the incarnation whose daemon the stream is for. */
export const INCARNATION_HEADER = "berth-incarnation";

export interface Handshake {
  from: string;
  to: string;
  nonce: string;
}

/** Both ends show that they know the installation's secret. It never crosses the network. */
export const proofOf = (secret: string, side: "dials" | "accepts", { from, to, nonce }: Handshake): string =>
  createHmac("sha256", secret).update(`replica:${side}:${from}:${to}:${nonce}`).digest("base64url");

export function isProof(given: unknown, expected: string): boolean {
  if (typeof given !== "string" || given.length !== expected.length) return false;
  return timingSafeEqual(Buffer.from(given), Buffer.from(expected));
}

/** @returns null unless all of it is there. */
export function readHandshake(headers: IncomingHttpHeaders): Handshake | null {
  const { [REPLICA_HEADERS.from]: from, [REPLICA_HEADERS.to]: to, [REPLICA_HEADERS.nonce]: nonce } = headers;
  const isWhole = typeof from === "string" && typeof to === "string" && typeof nonce === "string";
  return isWhole ? { from, to, nonce } : null;
}
