import type { DeletePreview, EraseReceipt } from "@berth/domain";
import type { Command } from "commander";
import { requireConfirmed } from "../confirm.ts";
import { examples } from "../examples.ts";
import { findWorkspace, orNull } from "../find-workspace.ts";
import { waitFor } from "../operations.ts";
import { type Output, sizeText } from "../output.ts";
import { receiptText } from "../receipt.ts";
import { type JsonOption, once, openSession, type Session, withJson } from "../session.ts";

interface DeleteOptions extends JsonOption {
  yes?: boolean;
  confirm?: string;
  erase?: boolean;
  cascade?: boolean;
  wait: boolean;
}

const FATES: Record<DeletePreview["workspaces"][number]["fate"], string> = {
  erased: "erased now, with a receipt",
  retained: "kept until you erase it",
  grace: "kept for a time, then erased",
  gone: "gone with its machine",
};

export function addDelete(program: Command): void {
  const command = program
    .command("rm")
    .alias("delete")
    .summary("Deletes a workspace, and erases its data if you ask for it.")
    .description("Shows what a delete reaches and what becomes of the data, asks for the name, then deletes.")
    .argument("<workspace>", "a name or an id")
    .option("--erase", "also erase its data, which ends in a receipt")
    .option("--cascade", "also the workspaces below it")
    .option("-y, --yes", "do not ask")
    .option("--confirm <name>", "the name of the workspace, instead of the question")
    .option("--no-wait", "return at once")
    .action(deleteWorkspace);
  examples(withJson(command), ["berth rm first", "berth rm first --erase", "berth rm first --erase --yes --json"]);
}

async function deleteWorkspace(nameOrId: string, options: DeleteOptions): Promise<void> {
  const session = await openSession(options);
  const { berth, output } = session;
  const { id, name } = await findWorkspace(session, nameOrId);
  const eraseData = options.erase ?? false;
  const cascade = options.cascade ?? false;
  const preview = await berth.workspaces.deletePreview.query({ id, eraseData });
  output.note(previewText(output, preview));
  const question = `Type the name to delete ${eraseData ? "it and erase its data" : "it"}`;
  const confirmName = await requireConfirmed(options, preview.confirmName, question);
  const started = await once((call) => berth.workspaces.delete.mutate({ id, confirmName, eraseData, cascade }, call));
  if (!options.wait) {
    output.result({ preview, operation: started }, `Requested the delete of "${name}".`);
    return;
  }
  const operation = await waitFor(session, started, name);
  const receipts = eraseData ? await receiptsOf(session, preview) : [];
  const text = [`Deleted "${name}".`, ...receipts.map((receipt) => receiptText(output, receipt))].join("\n\n");
  output.result({ preview, operation, receipts }, text);
}

function previewText(output: Output, { workspaces }: DeletePreview): string {
  const rows = workspaces.map(({ name, status, volume, fate, id }) => [
    name,
    status,
    volume ? sizeText(volume.sizeBytes) : "-",
    FATES[fate],
    id,
  ]);
  return `This deletes:\n${output.table(["NAME", "STATUS", "DATA", "WHAT BECOMES OF THE DATA", "ID"], rows)}`;
}

/** Members of a team may still be erasing: their receipts follow later. */
async function receiptsOf({ berth }: Session, { workspaces }: DeletePreview): Promise<EraseReceipt[]> {
  const reads = workspaces.map(async ({ id, volume }) => {
    const volumeId = volume?.id ?? (await orNull(berth.workspaces.get.query({ id })))?.volume?.id;
    return volumeId ? orNull(berth.volumes.receipt.query({ id: volumeId })) : null;
  });
  return (await Promise.all(reads)).filter((receipt) => receipt !== null);
}
