import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncarnationRow, Installation } from "@berth/db";

/** What is stored of a secret. Secrets are 256 random bits, so a plain hash cannot be guessed back. */
export const hashSecret = (secret: string): string => createHash("sha256").update(secret).digest("hex");

export const newSecret = (prefix: string): string => prefix + randomBytes(32).toString("base64url");

/** Compares without telling, by the time it takes, how much was right. */
export const sameSecret = (left: string, right: string): boolean =>
  timingSafeEqual(createHash("sha256").update(left).digest(), createHash("sha256").update(right).digest());

/**
 * The token a daemon dials home with. It follows from the installation's secret, the incarnation and its latest start, so
 * it is known before the machine is asked for, a repeated start hands out the same one, and none is stored.
 */
export const tunnelTokenOf = (
  installation: Installation,
  { id, generation, startGeneration }: Pick<IncarnationRow, "id" | "generation" | "startGeneration">,
): string => {
  const isFirst = startGeneration === null || startGeneration === generation;
  return tunnelToken(installation, isFirst ? id : `${id}:${startGeneration}`);
};

/** Of the first start of an incarnation. */
export const firstTunnelToken = (installation: Installation, incarnationId: string): string =>
  tunnelToken(installation, incarnationId);

const tunnelToken = (installation: Installation, start: string): string =>
  createHmac("sha256", installation.tunnelSecret).update(`tunnel:${start}`).digest("base64url");

/** What the one-use tokens of a machine's user data are made from, and known by. */
export const enrolmentKey = (installation: Installation, incarnationId: string): string =>
  createHmac("sha256", installation.tunnelSecret).update(`enrolment:${incarnationId}`).digest("base64url");
