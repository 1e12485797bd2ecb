import { readFileSync } from "node:fs";
import { DomainError } from "@berth/domain";
import type { InstanceSpec } from "../backend.ts";
import { enrolmentToken } from "./enrolment.ts";

const SCRIPT = readFileSync(new URL("./user-data.sh", import.meta.url), "utf8");
const SETTINGS_MARK = "# @SETTINGS@\n";
/** AWS' limit before base64 encoding. */
const USER_DATA_BYTES_MAX = 16_384;

/** The script `user-data.sh` with its settings. Its only secret is valid once, for one instance. */
export function userData(
  { incarnationId, volumeId, enrolmentKey }: Pick<InstanceSpec, "incarnationId" | "volumeId" | "enrolmentKey">,
  { publicUrl, ebsId, attempt }: { publicUrl: string; ebsId: string | null; attempt: number },
): string {
  if ((volumeId === null) !== (ebsId === null))
    throw new Error("A machine has a data volume and its EBS id, or neither.");
  const settings = {
    BERTH_URL: publicUrl.replace(/\/+$/, ""),
    BERTH_INCARNATION: incarnationId,
    BERTH_ENROLMENT: enrolmentToken(enrolmentKey, attempt),
    BERTH_EBS_VOLUME: ebsId ?? "",
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${quoted(name, value)}\n`);
  const [before, after] = SCRIPT.split(SETTINGS_MARK);
  if (before === undefined || after === undefined) throw new Error("user-data.sh has no placeholder for its settings.");
  const script = before + lines.join("") + after;
  if (Buffer.byteLength(script) > USER_DATA_BYTES_MAX) throw new Error("The user data is longer than AWS accepts.");
  return script;
}

/** In single quotes, a shell interprets only the quote itself. */
function quoted(name: string, value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this pattern finds control characters.
  if (/[\u0000-\u001f\u007f]/.test(value)) {
    throw new DomainError("invalid_input", `${name} must not contain control characters.`);
  }
  return `'${value.replaceAll("'", "'\\''")}'`;
}
