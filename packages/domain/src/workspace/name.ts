import { LIMITS } from "../limits.ts";
import { singleLineText } from "../text.ts";

/** Invisible characters, e.g. zero-width space, joiners, soft hyphen, variation selectors. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;
/** White space, and the braille blank, which looks like it. */
const BLANKS = /[\s\u2800]+/gu;
/** These reorder the text around them, so that one name could look like another. */
const REORDERING = /[\u202a-\u202e\u2066-\u2069]/u;

/**
 * The key that visually equal names share: composed (NFC), without invisible characters, white space as single
 * spaces. Letters of different alphabets and of different case stay different.
 */
export const workspaceNameKey = (name: string): string =>
  name.normalize("NFC").replace(INVISIBLE, "").replace(BLANKS, " ").trim();

/** Trimmed and composed (NFC), so that the same name typed on two systems is equal. */
export const workspaceNameSchema = singleLineText()
  .normalize("NFC")
  .min(1, "A workspace needs a name.")
  .max(LIMITS.workspaceNameCharsMax, `A name has at most ${LIMITS.workspaceNameCharsMax} characters.`)
  .refine((name) => name === "" || workspaceNameKey(name) !== "", "A name needs a visible character.")
  .refine((name) => !REORDERING.test(name), "A name must not contain characters that change the direction of text.");
