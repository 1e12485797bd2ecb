import type { EraseReceipt } from "@berth/domain";

/** Who asked for an erase, in words. A token goes by its name; one that nobody knows any more still has its id. */
export function askedBy({
  requestedBy,
  requestedByToken: token,
}: Pick<EraseReceipt, "requestedBy" | "requestedByToken">): string {
  if (token) return `Token “${token.name}”${token.revokedAt === null ? "" : " (revoked since)"}`;
  const [kind, rest = ""] = splitOnce(requestedBy);
  if (kind === "owner") return "The owner";
  if (kind === "token") return `An unknown token (${rest})`;
  if (kind === "berth") return `Berth itself: ${rest.trim()}`;
  return requestedBy;
}

function splitOnce(text: string): [string, string?] {
  const colon = text.indexOf(":");
  return colon === -1 ? [text] : [text.slice(0, colon), text.slice(colon + 1)];
}
