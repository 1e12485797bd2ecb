import { createHash } from "node:crypto";
import { claimIdempotencyKey, deleteIdempotencyKey, type IdempotencyRow, storeResponse } from "@berth/db";
import { type Actor, DomainError, isProblem, LIMITS } from "@berth/domain";
import type { Deps } from "../deps.ts";

/** A request that crashed without a response holds its key for this long. */
const LEASE_SECONDS = 120;

/** A response with a secret. It is shown once, so a repeated request must not return it. */
export interface HoldsSecret {
  secret: string;
}

interface KeyedRequest<T> {
  key: string;
  action: string;
  input: unknown;
  /** For a response with a secret: the error that a repeated request gets. The response itself is not stored. */
  shownOnce?: (response: T) => DomainError;
  /** Compares the rest of a repeated request, e.g. its body. @throws DomainError when it differs */
  confirm?: (response: T) => Promise<void>;
}

/**
 * Runs a mutation once per key. For 24 hours, the same key and input returns the first response. The key is rejected
 * with another input, and while the first request is running. A retryable failure stores no response and frees the key.
 */
export async function once<T>(deps: Deps, actor: Actor, request: KeyedRequest<T>, work: () => Promise<T>): Promise<T> {
  const { key, action, input } = request;
  if (key.length === 0 || key.length > LIMITS.idempotencyKeyCharsMax) {
    throw new DomainError("invalid_input", `An Idempotency-Key has 1 to ${LIMITS.idempotencyKeyCharsMax} characters.`);
  }
  const bodyHash = hashOfRequest(action, input);
  const found = await claimIdempotencyKey(deps.db, {
    ...{ orgId: actor.orgId, actorId: actor.id, key, action, bodyHash },
    leaseOwner: deps.replicas.self,
    leaseSeconds: LEASE_SECONDS,
    keepHours: LIMITS.idempotencyKeepHours,
  });
  if (!found.taken) {
    const response = replay<T>(found.stored, bodyHash);
    await request.confirm?.(response);
    return response;
  }
  const { claim } = found;
  try {
    const output = await work();
    const { shownOnce } = request;
    await storeResponse(
      deps.db,
      claim,
      shownOnce ? { ok: false, problem: shownOnce(output).problem } : { ok: true, output },
    );
    return output;
  } catch (error) {
    const isFinal = error instanceof DomainError && !error.problem.retryable;
    if (isFinal) await storeResponse(deps.db, claim, { ok: false, problem: error.problem });
    else await deleteIdempotencyKey(deps.db, claim);
    throw error;
  }
}

function replay<T>(stored: IdempotencyRow, bodyHash: string): T {
  if (stored.bodyHash !== bodyHash) throw keyReused();
  if (stored.response === null) {
    throw new DomainError(
      "idempotency_key_in_use",
      "The first request with this Idempotency-Key is still running. Try again in a moment.",
    );
  }
  if (stored.response.ok) return stored.response.output as T;
  if (isProblem(stored.response.problem)) throw DomainError.fromProblem(stored.response.problem);
  throw new Error("The stored response is not readable.");
}

export const keyReused = (): DomainError =>
  new DomainError("idempotency_key_reused", "This Idempotency-Key was used for another request. Use a new key.");

/** Equal requests have the same hash. */
export const hashOfRequest = (action: string, input: unknown): string =>
  createHash("sha256")
    .update(canonical([action, input]))
    .digest("hex");

/** JSON with sorted keys, so that equal values have the same text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1)))
      : inner,
  );
}
