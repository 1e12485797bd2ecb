import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";
import type { Installation } from "@berth/db";

/** What is stored of a secret. Secrets are 256 random bits, so a plain hash cannot be guessed back. */
export const hashSecret = (secret: string): string => createHash("sha256").update(secret).digest("hex");

export const newSecret = (prefix: string): string => prefix + randomBytes(32).toString("base64url");

/** Compares without telling, by the time it takes, how much was right. */
export const sameSecret = (left: string, right: string): boolean =>
  timingSafeEqual(createHash("sha256").update(left).digest(), createHash("sha256").update(right).digest());

/**
 * The token a daemon dials home with. It follows from the installation's secret and the incarnation, so it is known
 * before the machine is asked for, a repeated start hands out the same one, and none is stored.
 */
export const tunnelToken = (installation: Installation, incarnationId: string): string =>
  createHmac("sha256", installation.tunnelSecret).update(`tunnel:${incarnationId}`).digest("base64url");

/** What the one-use tokens of a machine's user data are made from, and known by. */
export const enrolmentKey = (installation: Installation, incarnationId: string): string =>
  createHmac("sha256", installation.tunnelSecret).update(`enrolment:${incarnationId}`).digest("base64url");

/** For what must be readable again and must not lie open in the database: readable with the owner's token alone. */
export function seal(ownerToken: string, text: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", sealingKey(ownerToken), nonce);
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64url");
}

/** @returns null when it was sealed with another owner's token. */
export function unseal(ownerToken: string, sealed: string): string | null {
  const bytes = Buffer.from(sealed, "base64url");
  const decipher = createDecipheriv("aes-256-gcm", sealingKey(ownerToken), bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(12, 28));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString("utf8");
  } catch {
    return null;
  }
}

const sealingKey = (ownerToken: string): Buffer =>
  Buffer.from(hkdfSync("sha256", ownerToken, "berth", "sealed answers", 32));
