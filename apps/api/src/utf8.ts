import { isUtf8 } from "node:buffer";
import { DomainError } from "@berth/domain";
import type { FastifyInstance, FastifyRequest } from "fastify";

/**
 * Rejects an address that is not percent-encoded UTF-8. Decoders put U+FFFD in the place of other bytes, so two different
 * names would become one.
 */
export function requireUtf8Addresses(app: FastifyInstance): void {
  app.addHook("onRequest", async ({ raw }: FastifyRequest) => {
    if (isPercentEncodedUtf8(raw.url ?? "")) return;
    throw new DomainError(
      "invalid_input",
      "The address holds bytes that are not UTF-8. Write names in UTF-8 and percent-encode them.",
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

/** Bodies of this type reach the routes as text. @throws DomainError `invalid_input` for one that is not UTF-8. */
export function takeUtf8Bodies(app: FastifyInstance, contentType: string): void {
  app.addContentTypeParser(contentType, { parseAs: "buffer" }, (_request, body: Buffer, done) => {
    if (isUtf8(body)) return done(null, body.toString("utf8"));
    done(
      new DomainError(
        "invalid_input",
        'The body holds bytes that are not UTF-8. Send JSON in UTF-8, and other bytes in a field with encoding "base64".',
      ),
    );
  });
}
