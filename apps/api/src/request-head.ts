import type { IncomingMessage } from "node:http";
import { DomainError, LIMITS } from "@berth/domain";
import type { FastifyInstance } from "fastify";

/**
 * The limit of Node's parser for address and headers. It is higher than Berth's own limits, because the parser closes the
 * connection without naming the part that is too large.
 */
export const PARSED_HEAD_BYTES_MAX = 4 * LIMITS.requestHeadersBytesMax;

/** Fits a path of `filePathCharsMax` characters of three bytes each, percent-encoded. */
export const PARAMETER_CHARS_MAX = LIMITS.filePathCharsMax * 9;

/** Performs checks that Node skips, or rejects without a body. */
export function checkRequestHeads(app: FastifyInstance): void {
  app.addHook("onRequest", async ({ raw }) => {
    requireHost(raw);
    requireShortAddress(raw);
    requireSmallHeaders(raw);
  });
  // Node responds to an unknown `Expect` with a bare 417. RFC 9110 allows servers to ignore it.
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
