import type { IncomingMessage } from "node:http";
import { DomainError, LIMITS } from "@berth/domain";
import type { FastifyInstance } from "fastify";

/**
 * What Node's parser accepts of an address and headers. It is more than Berth accepts: the parser ends the connection
 * without saying which of them is too large.
 */
export const PARSED_HEAD_BYTES_MAX = 4 * LIMITS.requestHeadersBytesMax;

/** A path of `filePathCharsMax` characters, each of three bytes and percent-encoded. */
export const PARAMETER_CHARS_MAX = LIMITS.filePathCharsMax * 9;

/** Checks what Node would check with an answer that has no body, or would not check. */
export function checkRequestHeads(app: FastifyInstance): void {
  app.addHook("onRequest", async ({ raw }) => {
    requireHost(raw);
    requireShortAddress(raw);
    requireSmallHeaders(raw);
  });
  // Node answers an unknown `Expect` with a bare 417. RFC 9110 allows to ignore it.
  app.server.on("checkExpectation", (request, response) => app.server.emit("request", request, response));
}

function requireHost({ httpVersion, headers }: IncomingMessage): void {
  if (httpVersion !== "1.1" || headers.host !== undefined) return;
  throw new DomainError("invalid_input", "The Host header is missing. HTTP/1.1 requires it.");
}

function requireShortAddress({ url = "" }: IncomingMessage): void {
  const max = LIMITS.requestAddressBytesMax;
  const [path = ""] = url.split("?");
  const hasLongName =
    path.length > PARAMETER_CHARS_MAX && path.split("/").some((name) => name.length > PARAMETER_CHARS_MAX);
  if (url.length <= max && !hasLongName) return;
  const details = { limit: "requestAddressBytesMax", max };
  throw new DomainError(
    "address_too_long",
    `The address is too long: it may have ${max} bytes. Send large inputs as the body of a POST.`,
    { details },
  );
}

function requireSmallHeaders({ rawHeaders }: IncomingMessage): void {
  let bytes = 0;
  for (const text of rawHeaders) bytes += text.length;
  const max = LIMITS.requestHeadersBytesMax;
  if (bytes <= max) return;
  const details = { limit: "requestHeadersBytesMax", max };
  throw new DomainError("headers_too_large", `The headers may have at most ${max} bytes together.`, { details });
}
