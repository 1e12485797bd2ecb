import { isUtf8 } from "node:buffer";
import { DomainError } from "@berth/domain";
import type { FastifyRequest } from "fastify";

const badInput = (message: string): DomainError => new DomainError("invalid_input", message);
const unreadable = (message: string): DomainError => new DomainError("unsupported_media_type", message);

/** The hint for clients that upload a file as a form. */
const FILES_HINT = "To upload a file, send its bytes with PUT /files/<workspaceId>/<root>/<path>.";

/** @throws DomainError `invalid_input` that describes the fault: compressed, not UTF-8, empty, truncated, or not JSON. */
export function checkJsonBody(request: FastifyRequest, body: Buffer): string {
  rejectEncoded(request);
  if (body[0] === 0x1f && body[1] === 0x8b) {
    throw badInput("The body is compressed with gzip, but no header declares it. Send plain JSON.");
  }
  if (!isUtf8(body))
    throw badInput(
      'The body contains bytes that are not UTF-8. Send JSON in UTF-8, and other bytes in a field with encoding "base64".',
    );
  const text = body.toString("utf8");
  parseJson(text, "body");
  return text;
}

/** @throws DomainError `invalid_input` that states whether the JSON is missing, truncated or malformed, and where. */
export function parseJson(text: string, what: "body" | "input"): unknown {
  if (text.trim() === "") throw badInput(`The ${what} is empty. Send the input as JSON, at least {}.`);
  try {
    return JSON.parse(text);
  } catch (error) {
    const { message } = error as SyntaxError;
    // The parser's message quotes the input, which may be a secret, so only the position is reported.
    const position = /at position (\d+)/.exec(message)?.[1];
    const isCutShort = position === undefined ? message.startsWith("Unexpected end") : Number(position) >= text.length;
    if (isCutShort) {
      throw badInput(`The ${what} ends before its JSON is complete: it was truncated after ${text.length} characters.`);
    }
    const where = position === undefined ? "" : ` (see character ${Number(position) + 1})`;
    throw badInput(`The ${what} is not valid JSON${where}.`);
  }
}

/** @throws DomainError `unsupported_media_type` for a body with headers for compression or another charset. */
function rejectEncoded({ headers }: FastifyRequest): void {
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") {
    throw unreadable("Compressed bodies are not accepted here. Send plain JSON without Content-Encoding.");
  }
  const charset = /;\s*charset="?([^";\s]+)/i.exec(headers["content-type"] ?? "")?.[1]?.toLowerCase();
  if (charset !== undefined && !["utf-8", "utf8", "us-ascii"].includes(charset)) {
    throw unreadable("The body is in another charset. Send JSON encoded as UTF-8.");
  }
}

/** Explains why a content type is rejected. */
export function describeContentType(contentType: string | undefined): string {
  if (contentType === undefined)
    return "The Content-Type header is missing. Send JSON with Content-Type: application/json.";
  if (!/^[^/\s]+\/[^/\s;]+\s*(;|$)/.test(contentType)) {
    return "The Content-Type header is not valid. Send application/json for JSON, application/octet-stream for a file.";
  }
  if (/^multipart\/|^application\/x-www-form-urlencoded/i.test(contentType)) {
    return `Forms are not accepted. Send the input as JSON with Content-Type: application/json. ${FILES_HINT}`;
  }
  return "Send the input as JSON with Content-Type: application/json.";
}
