import { VOLUME_STATES, type Volume, type VolumeState } from "@berth/domain";
import { type Command, Option } from "commander";
import { requireConfirmed } from "../confirm.ts";
import { examples } from "../examples.ts";
import { waitFor } from "../operations.ts";
import { ageText, sizeText } from "../output.ts";
import { pickOne } from "../pick-one.ts";
import { receiptText } from "../receipt.ts";
import { type JsonOption, once, openSession, type Session, withJson } from "../session.ts";
import { downloadArchive } from "../transfer/download-archive.ts";
import { statusText, withoutUndefined } from "./workspaces.ts";

interface AdoptOptions extends JsonOption {
  wait: boolean;
  runtime?: string;
  image?: string;
}

export function addSaved(program: Command): void {
  const group = program
    .command("saved")
    .description("Works with saved data: the data of workspaces, which outlives machines and deletes.");
  const saved = "the id of the saved data, or the name of its workspace";
  const ls = group
    .command("list")
    .alias("ls")
    .description("Lists saved data.")
    .addOption(new Option("--state <state>", "only this state").choices(VOLUME_STATES))
    .option("-a, --all", "also erased data, which has a receipt")
    .action(list);
  examples(withJson(ls, "print an array"), ["berth saved list", "berth saved list --state retained"]);

  const restore = group
    .command("restore")
    .description("Brings a deleted workspace back with its saved data.")
    .argument("<saved>", saved)
    .option("--name <name>", "another name, when its own has been taken")
    .option("--no-wait", "return at once")
    .action(restoreWorkspace);
  examples(withJson(restore), ["berth saved restore first"]);

  const adopt = group
    .command("adopt")
    .description("Creates a new workspace on saved data.")
    .argument("<saved>", saved)
    .argument("<name>", "the name of the new workspace")
    .option("--runtime <runtime>", "the program that it starts and keeps running")
    .option("--image <image>", "the image of a Docker workspace")
    .option("--no-wait", "return at once")
    .action(adoptVolume);
  examples(withJson(adopt), ["berth saved adopt first second"]);

  const download = group
    .command("download")
    .description("Downloads saved data as an archive.")
    .argument("<saved>", saved)
    .argument("[file]", "where to; its name ends with .tar.gz, .tar or .zip")
    .addOption(
      new Option("--root <root>", "which part").choices(["workspace", "configs", "agent-home"]).default("workspace"),
    )
    .action(downloadVolume);
  examples(withJson(download), ["berth saved download first", "berth saved download first first.zip"]);

  const erase = group
    .command("erase")
    .description("Erases saved data for ever, after a confirmation. It ends in a receipt.")
    .argument("<saved>", saved)
    .option("-y, --yes", "do not ask")
    .option("--confirm <name>", "the name of its workspace, instead of the question")
    .option("--no-wait", "return at once")
    .action(eraseVolume);
  examples(withJson(erase), ["berth saved erase first", "berth saved erase first --yes --json"]);

  const receipt = group
    .command("receipt")
    .description("Shows the proof that data was erased.")
    .argument("<saved>", saved)
    .action(showReceipt);
  examples(withJson(receipt), ["berth saved receipt first"]);
}

async function find({ berth }: Session, nameOrId: string, states: readonly VolumeState[]): Promise<Volume> {
  const volumes = await berth.volumes.list.query({});
  const options = {
    what: "saved volume",
    list: "berth saved list --all",
    nameOf: (each: Volume) => each.workspaceName,
  };
  // Data of earlier workspaces with the same name does not make it ambiguous when it is in another state.
  const fitting = volumes.filter(({ state }) => states.includes(state));
  return pickOne(fitting.some((each) => each.workspaceName === nameOrId) ? fitting : volumes, nameOrId, options);
}

async function list({ state, all, ...options }: JsonOption & { state?: VolumeState; all?: boolean }): Promise<void> {
  const session = await openSession(options);
  const volumes = await session.berth.volumes.list.query(state ? { state } : {});
  const shown = volumes.filter((each) => all || state || each.state !== "erased");
  const rows = shown.map((each) => [
    each.workspaceName,
    each.missingSince === null ? each.state : `${each.state}, missing`,
    sizeText(each.sizeBytes),
    keptText(each),
    each.backend,
    ageText(each.createdAt),
    each.id,
  ]);
  const text = session.output.table(["WORKSPACE", "STATE", "SIZE", "KEPT UNTIL", "BACKEND", "AGE", "ID"], rows);
  session.output.result(shown, shown.length === 0 ? "No saved data." : text);
}

function keptText({ state, retainedUntil, heldBecause }: Volume): string {
  if (state !== "retained") return "-";
  return heldBecause === null ? (retainedUntil ?? "you erase it") : `on hold: ${heldBecause}`;
}

async function restoreWorkspace(nameOrId: string, options: JsonOption & { name?: string; wait: boolean }) {
  const session = await openSession(options);
  const { berth, output } = session;
  const volume = await find(session, nameOrId, ["retained"]);
  const id = volume.workspaceId ?? volume.id;
  const input = { id, ...(options.name === undefined ? {} : { name: options.name }) };
  const restored = await once((call) => berth.workspaces.restore.mutate(input, call));
  await finishStart(session, restored, options.wait);
  if (!options.wait) output.note(`See it with: berth info ${id}`);
}

async function adoptVolume(nameOrId: string, name: string, options: AdoptOptions): Promise<void> {
  const session = await openSession(options);
  const { id } = await find(session, nameOrId, ["retained", "quarantined"]);
  const { runtime, image, wait } = options;
  const input = withoutUndefined({ id, name, runtime, compute: image === undefined ? undefined : { image } });
  const adopted = await once((call) => session.berth.volumes.adopt.mutate(input as { id: string; name: string }, call));
  await finishStart(session, adopted, wait);
}

type Started = Awaited<ReturnType<Session["berth"]["volumes"]["adopt"]["mutate"]>>;

async function finishStart(session: Session, started: Started, wait: boolean): Promise<void> {
  const { berth, output } = session;
  const { id, name } = started.workspace;
  if (!wait) {
    output.result(started, `Starting "${name}" (${id}).`);
    return;
  }
  const operation = await waitFor(session, started.operation, name);
  const workspace = await berth.workspaces.get.query({ id });
  output.result(
    { workspace, operation },
    `"${name}" is ${statusText(output, workspace)} with its saved data. Its id is ${id}.`,
  );
}

async function downloadVolume(nameOrId: string, file: string | undefined, options: JsonOption & { root: string }) {
  const session = await openSession(options);
  const { id, workspaceName } = await find(session, nameOrId, ["attached", "retained", "quarantined"]);
  const to = file ?? `${workspaceName.replaceAll(/[^\p{L}\p{N}._-]+/gu, "-")}-${options.root}.tar.gz`;
  const bytes = await downloadArchive(session, { path: `/volumes/${id}/${options.root}/`, to });
  session.output.result({ volumeId: id, file: to, bytes }, `Saved ${sizeText(bytes)} in ${to}.`);
}

async function eraseVolume(nameOrId: string, options: JsonOption & { yes?: boolean; confirm?: string; wait: boolean }) {
  const session = await openSession(options);
  const { berth, output } = session;
  const volume = await find(session, nameOrId, ["retained", "quarantined"]);
  const { id, workspaceName } = volume;
  output.note(
    `This erases the saved data of "${workspaceName}" for ever: ${sizeText(volume.sizeBytes)}, volume ${id}.`,
  );
  const confirmName = await requireConfirmed(options, workspaceName, "Type the name to erase it");
  const started = await once((call) => berth.volumes.erase.mutate({ id, confirmName }, call));
  if (!options.wait) {
    output.result(started, `Erasing. See the proof later with: berth saved receipt ${id}`);
    return;
  }
  const operation = await waitFor(session, started, workspaceName);
  const receipt = await berth.volumes.receipt.query({ id });
  output.result({ operation, receipt }, receiptText(output, receipt));
}

async function showReceipt(nameOrId: string, options: JsonOption): Promise<void> {
  const session = await openSession(options);
  const { id } = await find(session, nameOrId, ["erased", "erasing"]);
  const receipt = await session.berth.volumes.receipt.query({ id });
  session.output.result(receipt, receiptText(session.output, receipt));
}
