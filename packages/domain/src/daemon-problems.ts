import { z } from "zod";
import { PROBLEM_CODES, type Problem, type ProblemCode } from "./errors.ts";
import { plainUntrustedText, quoteUntrustedText } from "./untrusted-text.ts";

/**
 * Codes that a daemon may not send: they state facts that only the API knows, such as sign-in, intent and the fate of
 * data.
 */
const CODES_OF_BERTH: ReadonlySet<ProblemCode> = new Set([
  "unauthenticated",
  "confirmation_mismatch",
  "operation_in_progress",
  "generation_mismatch",
  "illegal_transition",
  "name_taken",
  "parent_paused",
  "has_children",
  "data_erased",
  "data_missing",
  "volume_attached",
  "force_required",
  "idempotency_key_in_use",
  "idempotency_key_reused",
  "backend_unavailable",
] satisfies ProblemCode[]);

const DETAILS_DEPTH_MAX = 3;
const DETAIL_ITEMS_MAX = 100;
const DETAIL_CHARS_MAX = 4000;
const NAME_CHARS_MAX = 40;

const daemonProblem = z.object({
  problem: z.object({
    code: z.enum(PROBLEM_CODES as [ProblemCode, ...ProblemCode[]]).refine((code) => !CODES_OF_BERTH.has(code)),
    message: z.string(),
    retryable: z.boolean().default(false),
    details: z.unknown().optional(),
  }),
});

/**
 * Parses a problem from a daemon. The programs of the workspace could have written its text, so it is shown as a
 * quotation.
 *
 * @returns null for anything else.
 */
export function readDaemonProblem(response: unknown): Problem | null {
  const { data } = daemonProblem.safeParse(response);
  if (!data) return null;
  const { code, message, retryable, details } = data.problem;
  const plain = plainDetails(details);
  return {
    code,
    message: `The workspace reported: ${quoteUntrustedText(message)}`,
    retryable,
    ...(plain === null ? {} : { details: plain }),
  };
}

function plainDetails(details: unknown): Readonly<Record<string, unknown>> | null {
  const plain = plainValue(details, DETAILS_DEPTH_MAX);
  if (typeof plain !== "object" || plain === null || Array.isArray(plain)) return null;
  return Object.keys(plain).length === 0 ? null : { ...plain };
}

/**
 * Keeps numbers, booleans and plain texts, in lists and objects of a few levels. @returns undefined below that depth.
 */
function plainValue(value: unknown, depth: number): unknown {
  if (typeof value === "string") return plainUntrustedText(value, DETAIL_CHARS_MAX);
  if (typeof value !== "object" || value === null) return value;
  if (depth === 0) return undefined;
  if (Array.isArray(value)) return value.slice(0, DETAIL_ITEMS_MAX).map((item) => plainValue(item, depth - 1));
  const entries = Object.entries(value).slice(0, DETAIL_ITEMS_MAX);
  return Object.fromEntries(
    entries.map(([name, item]) => [plainUntrustedText(name, NAME_CHARS_MAX), plainValue(item, depth - 1)]),
  );
}
