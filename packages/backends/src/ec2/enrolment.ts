import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * The only secret in the user data, which AWS stores and every program on the instance can read. It is valid once, for
 * the first instance that presents it.
 * It is derived from the incarnation's key, so a repeated launch is the same request; and from the attempt, so the
 * instance of a later attempt can enrol after the earlier one has ended.
 */
export const enrolmentToken = (enrolmentKey: string, attempt: number): string =>
  `${attempt}.${createHmac("sha256", enrolmentKey).update(`attempt:${attempt}`).digest("base64url")}`;

/** @returns the attempt that this token belongs to; null when it was not made with this key. */
export function attemptOf(enrolmentKey: string, token: string): number | null {
  const attempt = Number(/^([1-9]\d{0,2})\./.exec(token)?.[1] ?? Number.NaN);
  if (Number.isNaN(attempt)) return null;
  const [given, right] = [Buffer.from(token), Buffer.from(enrolmentToken(enrolmentKey, attempt))];
  return given.length === right.length && timingSafeEqual(given, right) ? attempt : null;
}
