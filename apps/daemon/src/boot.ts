import { isAbsolute } from "node:path";
import { type DaemonBoot, FILE_ROOTS, METRICS_SCOPES } from "@berth/domain";

/** Exit code for a bad boot document. A restart cannot help (`EX_CONFIG` in sysexits.h). */
export const EXIT_BAD_BOOT = 78;

export class BadBootError extends Error {
  override readonly name = "BadBootError";
}

/**
 * Parses the boot document strictly: a missing, misspelt or mistyped field is a bug in its writer.
 *
 * @param tunnelToken for a boot document without a token
 * @throws BadBootError with one sentence that names the field and never its value.
 */
export function parseBoot(text: string | undefined, tunnelToken?: string): DaemonBoot {
  if (text === undefined || text === "") throw new BadBootError("BERTH_BOOT is not set.");
  const boot: Record<string, unknown> = { ...parseJson(text), ...(tunnelToken === undefined ? {} : { tunnelToken }) };
  for (const field of Object.keys(boot))
    if (!(field in CHECKS)) throw new BadBootError(`BERTH_BOOT has an unknown field: ${field}.`);
  for (const [field, check] of Object.entries(CHECKS)) {
    const expected = check(boot[field]);
    if (expected !== null) throw new BadBootError(`BERTH_BOOT.${field} must be ${expected}.`);
  }
  return boot as unknown as DaemonBoot;
}

function parseJson(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BadBootError("BERTH_BOOT is not JSON.");
  }
  if (!isRecord(value)) throw new BadBootError("BERTH_BOOT is not a JSON object.");
  return value;
}

/** Returns null for a valid value, otherwise a description of what is expected. */
type Check = (value: unknown) => string | null;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const nonEmptyText: Check = (value) => (typeof value === "string" && value !== "" ? null : "a non-empty string");
const absolutePath: Check = (value) => (typeof value === "string" && isAbsolute(value) ? null : "an absolute path");
const textMap: Check = (value) =>
  isRecord(value) && Object.values(value).every((entry) => typeof entry === "string") ? null : "an object of strings";

const CHECKS: Record<keyof DaemonBoot, Check> = {
  tunnelUrl: (value) =>
    typeof value === "string" && /^(wss?:\/\/|ws\+unix:)/.test(value) ? null : "a ws://, wss:// or ws+unix: address",
  tunnelToken: nonEmptyText,
  workspaceId: nonEmptyText,
  incarnationId: nonEmptyText,
  generation: (value) => (Number.isSafeInteger(value) && (value as number) >= 0 ? null : "a whole number"),
  roots: (value) => {
    if (!isRecord(value)) return "an object of absolute paths";
    const known: readonly string[] = FILE_ROOTS;
    const wrong = Object.entries(value).some(([root, path]) => !known.includes(root) || absolutePath(path) !== null);
    return wrong ? `an object of absolute paths, by ${FILE_ROOTS.join(", ")}` : null;
  },
  configTemplate: textMap,
  command: (value) =>
    value === null || (Array.isArray(value) && value.length > 0 && value.every((part) => typeof part === "string"))
      ? null
      : "null or an array of strings",
  environment: textMap,
  stateDirectory: absolutePath,
  measures: (value) =>
    value === undefined || METRICS_SCOPES.some((scope) => scope === value)
      ? null
      : `one of ${METRICS_SCOPES.join(", ")}`,
};
