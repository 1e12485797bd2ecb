import { createHash } from "node:crypto";
import { claimIdempotencyKey, deleteIdempotencyKey, type IdempotencyRow, storeAnswer } from "@berth/db";
import { type Actor, DomainError, isProblem, LIMITS } from "@berth/domain";
import type { Deps } from "../deps.ts";

/** A request that crashed without an answer holds its key for this long. */
const LEASE_SECONDS = 120;

/** An answer with a secret. It is shown once, so a repeated request must not get it. */
export interface HoldsSecret {
  secret: string;
}

interface KeyedRequest<T> {
  key: string;
  action: string;
  input: unknown;
  /** For an answer with a secret: the error that a repeated request gets. The answer itself is not stored. */
  shownOnce?: (answer: T) => DomainError;
  /** Compares the rest of a repeated request, e.g. its body. @throws DomainError when it differs from the first one */
  confirm?: (answer: T) => Promise<void>;
}

/**
 * Runs a mutation once per key. For 24 hours, the same key and input returns the first answer. The key is refused with
 * another input, or while the first request still runs. A retryable failure stores no answer and frees the key.
 */
export async function once<T>(deps: Deps, actor: Actor, request: KeyedRequest<T>, work: () => Promise<T>): Promise<T> {
  const { key, action, input } = request;
  if (key.length === 0 || key.length > LIMITS.idempotencyKeyCharsMax) {
    throw new DomainError("invalid_input", `An Idempotency-Key has 1 to ${LIMITS.idempotencyKeyCharsMax} characters.`);
  }
  const bodyHash = createHash("sha256")
    .update(canonical([action, input]))
    .digest("hex");
  const found = await claimIdempotencyKey(deps.db, {
    ...{ orgId: actor.orgId, actorId: actor.id, key, action, bodyHash },
    leaseOwner: deps.replicas.self,
    leaseSeconds: LEASE_SECONDS,
    keepHours: LIMITS.idempotencyKeepHours,
  });
  if (!found.taken) {
    const answer = replay<T>(found.stored, bodyHash);
    await request.confirm?.(answer);
    return answer;
  }
  const { claim } = found;
  try {
    const output = await work();
    const { shownOnce } = request;
    await storeAnswer(
      deps.db,
      claim,
      shownOnce ? { ok: false, problem: shownOnce(output).problem } : { ok: true, output },
    );
    return output;
  } catch (error) {
    const isFinal = error instanceof DomainError && !error.problem.retryable;
    if (isFinal) await storeAnswer(deps.db, claim, { ok: false, problem: error.problem });
    else await deleteIdempotencyKey(deps.db, claim);
    throw error;
  }
}

function replay<T>(stored: IdempotencyRow, bodyHash: string): T {
  if (stored.bodyHash !== bodyHash) throw keyReused();
  if (stored.answer === null) {
    throw new DomainError(
      "idempotency_key_in_use",
      "The first request with this Idempotency-Key is still running. Try again in a moment.",
    );
  }
  if (stored.answer.ok) return stored.answer.output as T;
  if (isProblem(stored.answer.problem)) throw DomainError.fromProblem(stored.answer.problem);
  throw new Error("The stored answer is not readable.");
}

export const keyReused = (): DomainError =>
  new DomainError("idempotency_key_reused", "This Idempotency-Key was used for another request. Use a new key.");

/** JSON with sorted keys, so that equal values have the same text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1)))
      : inner,
  );
}
