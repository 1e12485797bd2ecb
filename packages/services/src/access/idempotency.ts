import { createHash } from "node:crypto";
import { dropIdempotencyKey, type IdempotencyRow, storeAnswer, takeIdempotencyKey } from "@berth/db";
import { type Actor, DomainError, isProblem, LIMITS } from "@berth/domain";
import type { Deps } from "../deps.ts";

/** A first request that died without an answer gives its key up after this long. */
const LEASE_SECONDS = 120;

/** An answer that shows a secret. It is shown once, so a repetition under the same key must not get it. */
export interface HoldsSecret {
  secret: string;
}

interface KeyedRequest<T> {
  key: string;
  action: string;
  input: unknown;
  /** For an answer that shows a secret: what a repetition is told instead. The answer itself is not kept. */
  shownOnce?: (answer: T) => DomainError;
  /** Looks at the rest of a repeated request before it gets the first answer. @throws DomainError when it asks for something else. */
  confirm?: (answer: T) => Promise<void>;
}

/**
 * Runs a mutation once per key: the same key and input again gets the first answer, for 24 hours. Another input under
 * the key is refused, and so is the same one while the first still runs. An outage is not an answer: its key is free again.
 */
export async function once<T>(deps: Deps, actor: Actor, request: KeyedRequest<T>, work: () => Promise<T>): Promise<T> {
  const { key, action, input } = request;
  if (key.length === 0 || key.length > LIMITS.idempotencyKeyCharsMax) {
    throw new DomainError("invalid_input", `An Idempotency-Key has 1 to ${LIMITS.idempotencyKeyCharsMax} characters.`);
  }
  const id = { orgId: actor.orgId, actorId: actor.id, key };
  const bodyHash = createHash("sha256")
    .update(canonical([action, input]))
    .digest("hex");
  const found = await takeIdempotencyKey(deps.db, {
    ...id,
    action,
    bodyHash,
    leaseOwner: deps.replicas.self,
    leaseSeconds: LEASE_SECONDS,
    keepHours: LIMITS.idempotencyKeepHours,
  });
  if (!found.taken) {
    const answer = replay<T>(found.stored, bodyHash);
    await request.confirm?.(answer);
    return answer;
  }
  try {
    const output = await work();
    const { shownOnce } = request;
    await storeAnswer(
      deps.db,
      id,
      shownOnce ? { ok: false, problem: shownOnce(output).problem } : { ok: true, output },
    );
    return output;
  } catch (error) {
    const isFinal = error instanceof DomainError && !error.problem.retryable;
    if (isFinal) await storeAnswer(deps.db, id, { ok: false, problem: error.problem });
    else await dropIdempotencyKey(deps.db, id);
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

/** The same text for the same value, whatever the order of its keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1)))
      : inner,
  );
}
