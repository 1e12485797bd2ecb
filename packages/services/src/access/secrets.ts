import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncarnationRow, Installation } from "@berth/db";

/** The stored form of a secret. Secrets are 256 random bits, so a plain hash is safe against guessing. */
export const hashSecret = (secret: string): string => createHash("sha256").update(secret).digest("hex");

export const newSecret = (prefix: string): string => prefix + randomBytes(32).toString("base64url");

/** Compares in constant time. */
export const sameSecret = (left: string, right: string): boolean =>
  timingSafeEqual(createHash("sha256").update(left).digest(), createHash("sha256").update(right).digest());

/**
 * The token that a daemon connects with. It is derived from the installation's secret, the incarnation and its latest
 * start, so it is known before the instance exists, is the same for a repeated start, and is never stored.
 */
export const tunnelTokenOf = (
  installation: Installation,
  { id, generation, startGeneration }: Pick<IncarnationRow, "id" | "generation" | "startGeneration">,
): string => {
  const isFirst = startGeneration === null || startGeneration === generation;
  return tunnelToken(installation, isFirst ? id : `${id}:${startGeneration}`);
};

/** The token for the first start of an incarnation. */
export const initialTunnelToken = (installation: Installation, incarnationId: string): string =>
  tunnelToken(installation, incarnationId);

const tunnelToken = (installation: Installation, start: string): string =>
  createHmac("sha256", installation.tunnelSecret).update(`tunnel:${start}`).digest("base64url");

/** The key that signs the single-use tokens in an instance's user data. */
export const enrolmentKey = (installation: Installation, incarnationId: string): string =>
  createHmac("sha256", installation.tunnelSecret).update(`enrolment:${incarnationId}`).digest("base64url");
