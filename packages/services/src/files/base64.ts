import { DomainError } from "@berth/domain";

const WHITESPACE = /[\t\n\f\r ]+/g;

/**
 * Standard base64 with its padding, in lines or in one. Node decodes anything: it skips what it does not know and stops at the
 * first `=`, so a damaged text would be stored as other bytes.
 *
 * @throws DomainError `invalid_input` for anything else.
 */
export function requireBase64(text: string): void {
  const digits = text.replace(WHITESPACE, "");
  const bytes = Buffer.from(digits, "base64");
  // Encoding again finds missing padding, foreign characters and bits that belong to no byte.
  if (bytes.toString("base64") === digits) return;
  throw new DomainError(
    "invalid_input",
    'The content is not base64. Send standard base64 with its "=" padding, or encoding "utf8" for text.',
    { details: { field: "content" } },
  );
}
