import { DomainError } from "@berth/domain";

const WHITESPACE = /[\t\n\f\r ]+/g;

/**
 * Accepts standard base64 with padding; whitespace is ignored. Node's decoder skips unknown characters and stops at the
 * first `=`, so it would store a damaged text as other bytes.
 *
 * @throws DomainError `invalid_input` for any other text
 */
export function requireBase64(text: string, field = "content"): void {
  const digits = text.replace(WHITESPACE, "");
  const bytes = Buffer.from(digits, "base64");
  // Encoding it again reveals missing padding, unknown characters and surplus bits.
  if (bytes.toString("base64") === digits) return;
  throw new DomainError(
    "invalid_input",
    `The ${field} is not base64. Send standard base64 with its "=" padding, or encoding "utf8" for text.`,
    { details: { field } },
  );
}
