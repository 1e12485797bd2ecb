import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * The one secret in a machine's user data: AWS keeps that, and whatever runs on the machine can read it. It is good for one
 * machine, the first that shows it. It follows from the incarnation's key, so a repeated launch is the same request; and
 * from the attempt, so the machine of a later one is let in when the earlier one's has ended.
 */
export const enrolmentToken = (enrolmentKey: string, attempt: number): string =>
  `${attempt}.${createHmac("sha256", enrolmentKey).update(`attempt:${attempt}`).digest("base64url")}`;

/** @returns which attempt's machine this token is for; null when it was not made with this key. */
export function attemptOf(enrolmentKey: string, token: string): number | null {
  const attempt = Number(/^([1-9]\d{0,2})\./.exec(token)?.[1] ?? Number.NaN);
  if (Number.isNaN(attempt)) return null;
  const [given, right] = [Buffer.from(token), Buffer.from(enrolmentToken(enrolmentKey, attempt))];
  return given.length === right.length && timingSafeEqual(given, right) ? attempt : null;
}
