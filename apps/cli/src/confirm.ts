import { EXIT } from "./exit-codes.ts";
import { Failure } from "./failure.ts";
import { sameName } from "./find-workspace.ts";
import { readLine } from "./read-input.ts";

export interface ConfirmOptions {
  yes?: boolean;
  confirm?: string;
}

/**
 * The confirmation that the API requires: the exact name.
 *
 * @throws Failure when it is not given
 */
export async function requireConfirmed(
  { yes, confirm }: ConfirmOptions,
  name: string,
  question: string,
): Promise<string> {
  // The server compares it.
  if (confirm !== undefined) return confirm;
  if (yes) return name;
  if (!process.stdin.isTTY) {
    throw new Failure("This needs a confirmation, and standard input is not a terminal.", {
      next: `Add --yes, or --confirm '${name.replaceAll("'", `'\\''`)}'.`,
      exitCode: EXIT.usage,
      code: "confirmation_required",
    });
  }
  const typed = await readLine(`${question} (${name}): `);
  if (typed !== null && sameName(typed, name)) return name;
  throw new Failure("Nothing was changed: the name does not match.", {
    next: `Run it again and type ${name}`,
    exitCode: EXIT.conflict,
    code: "confirmation_mismatch",
  });
}
