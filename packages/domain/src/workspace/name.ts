import { LIMITS } from "../limits.ts";
import { singleLineText } from "../text.ts";

/** Characters that are drawn as nothing, e.g. zero-width space, joiners, soft hyphen, variation selectors. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;
/** White space, and the braille blank, which is drawn as one. */
const BLANKS = /[\s\u2800]+/gu;
/** They reorder the text around them, so a name could show another name. */
const REORDERING = /[\u202a-\u202e\u2066-\u2069]/u;

/**
 * What two names share that look the same: composed (NFC), without invisible characters, white space as single spaces.
 * Letters of different alphabets stay different, and so do upper and lower case.
 */
export const workspaceNameKey = (name: string): string =>
  name.normalize("NFC").replace(INVISIBLE, "").replace(BLANKS, " ").trim();

/** Trimmed and composed (NFC), so that one name typed on two systems is one name. */
export const workspaceNameSchema = singleLineText()
  .normalize("NFC")
  .min(1, "A workspace needs a name.")
  .max(LIMITS.workspaceNameCharsMax, `A name has at most ${LIMITS.workspaceNameCharsMax} characters.`)
  .refine((name) => name === "" || workspaceNameKey(name) !== "", "A name needs a visible character.")
  .refine((name) => !REORDERING.test(name), "A name must not hold characters that change the direction of text.");
