import type { EraseReceipt } from "@berth/domain";
import type { Output } from "./output.ts";

export function receiptText(output: Output, receipt: EraseReceipt): string {
  const lines: [string, string][] = [
    ["data of", `"${receipt.workspaceName}" (${receipt.workspaceId ?? "no workspace"})`],
    ["volume", receipt.volumeId],
    ["requested", `${receipt.requestedAt} by ${receipt.requestedByToken?.name ?? receipt.requestedBy}`],
    ["erased", receipt.erasedAt],
    ["verified", `${receipt.verifiedAt}: ${receipt.verification}`],
    ["covered", receipt.covered.join("; ") || "-"],
    ["not covered", receipt.notCovered.join("; ") || "-"],
  ];
  const rows = lines.map(([label, value]) => `${output.paint("dim", `${label}:`.padEnd(13))} ${value}`);
  return ["Receipt", ...rows].join("\n");
}
