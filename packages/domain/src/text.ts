import { z } from "zod";

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what these reject.
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the same without tab, line feed and carriage return.
const CONTROL_CHARACTERS_BUT_LINES = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;

const wellFormed = (text: z.ZodString): z.ZodString =>
  text.refine((value) => value.isWellFormed(), "The text contains half a surrogate pair. Send well-formed Unicode.");
const storable = (text: z.ZodString): z.ZodString =>
  wellFormed(text).refine((value) => !value.includes("\0"), "The text must not contain a NUL character.");

/**
 * Any text that UTF-8 can represent. Encoders replace a lone surrogate with U+FFFD, so two different texts would
 * become one. Only for file contents, which may contain NUL; every other input is stricter.
 */
export const wellFormedText = (): z.ZodString => wellFormed(z.string());

/** Text that Postgres can store and the operating system accepts as a name: well formed and without NUL. */
export const storableText = (): z.ZodString => storable(z.string());

/** A trimmed description: several lines and tabs, but no other control characters. */
export const multiLineText = (): z.ZodString =>
  storable(z.string().trim()).refine(
    (value) => !CONTROL_CHARACTERS_BUT_LINES.test(value),
    "The text must not contain control characters.",
  );

/** A trimmed label: one line without control characters. */
export const singleLineText = (): z.ZodString =>
  storable(z.string().trim()).refine(
    (value) => !CONTROL_CHARACTERS.test(value),
    "The text must not contain control characters.",
  );
