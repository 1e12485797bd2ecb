import { DomainError } from "@berth/domain";
import type { FastifyInstance, FastifyRequest } from "fastify";

/**
 * Rejects an address that is not percent-encoded UTF-8. Decoders replace other bytes with U+FFFD, so two different names
 * would become one.
 */
export function requireUtf8Addresses(app: FastifyInstance): void {
  app.addHook("onRequest", async ({ raw }: FastifyRequest) => {
    if (isPercentEncodedUtf8(raw.url ?? "")) return;
    throw new DomainError(
      "invalid_input",
      "The address contains bytes that are not UTF-8. Write names in UTF-8 and percent-encode them.",
    );
  });
}

/** Node itself rejects bytes that are not percent-encoded. */
function isPercentEncodedUtf8(url: string): boolean {
  try {
    decodeURIComponent(url);
    return true;
  } catch {
    return false;
  }
}
