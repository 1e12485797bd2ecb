import type { EraseReceipt } from "@berth/domain";

/** Who requested an erase, as text. A token is shown by name; an unknown one by its id. */
export function askedBy({
  requestedBy,
  requestedByToken: token,
}: Pick<EraseReceipt, "requestedBy" | "requestedByToken">): string {
  if (token) return `Token “${token.name}”${token.revokedAt === null ? "" : " (revoked since)"}`;
  const [kind, rest = ""] = splitOnce(requestedBy);
  if (kind === "owner") return "The owner";
  if (kind === "token") return `An unknown token (${rest})`;
  if (kind === "berth") return `Berth: ${rest.trim()}`;
  return requestedBy;
}

function splitOnce(text: string): [string, string?] {
  const colon = text.indexOf(":");
  return colon === -1 ? [text] : [text.slice(0, colon), text.slice(colon + 1)];
}
