import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { FileStat } from "@berth/domain";
import type { Command } from "commander";
import { examples } from "../examples.ts";
import { usage } from "../failure.ts";
import { findWorkspace, orNull } from "../find-workspace.ts";
import { sizeText } from "../output.ts";
import { type JsonOption, openSession, type Session, withJson } from "../session.ts";
import { joined, type Place, placeOf, remoteText } from "../transfer/place.ts";
import { receiveFile } from "../transfer/receive-file.ts";
import { receiveFolder } from "../transfer/receive-folder.ts";
import { filePath, request } from "../transfer/request.ts";
import { type RemoteFile, sendFile, sendStream } from "../transfer/send-file.ts";
import { sendExecutable, sendFolder } from "../transfer/send-folder.ts";

type RemotePlace = Extract<Place, { kind: "remote" }>;

interface Copied {
  from: string;
  to: string;
  files: number;
  bytes: number;
  resumedAtBytes?: number;
  differences?: unknown[];
}

export function addCopy(program: Command): void {
  const command = program
    .command("cp")
    .summary("Copies files and folders in or out.")
    .description(
      "Copies a file or a folder into a workspace or out of it. <workspace>:<path> is in a workspace; a relative path there is below /workspace. An interrupted copy of a large file continues when you repeat it.",
    )
    .argument("<from>", "a path, <workspace>:<path>, or - for standard input")
    .argument("<to>", "a path, <workspace>:<path>, or - for standard output")
    .action(copy);
  examples(withJson(command), [
    "berth cp report.py first:report.py",
    "berth cp ./site first:/workspace/site",
    "berth cp first:results ./results",
    "berth cp first:/configs/app.json -",
  ]);
}

async function copy(fromText: string, toText: string, options: JsonOption): Promise<void> {
  const [from, to] = [placeOf(fromText), placeOf(toText)];
  const session = await openSession(options);
  const copied = await copyBetween(session, from, to, toText);
  if (to.kind === "stream") return;
  const { output } = session;
  const result = { from: fromText, ...copied };
  const resumed = copied.resumedAtBytes ? `, continued at ${sizeText(copied.resumedAtBytes)}` : "";
  const count = copied.files === 1 ? "1 file" : `${copied.files} files`;
  if (copied.differences?.length) output.note(`berth: not all is the same: ${JSON.stringify(copied.differences)}`);
  output.result(result, `Copied ${count}, ${sizeText(copied.bytes)}, to ${copied.to}${resumed}.`);
}

async function copyBetween(session: Session, from: Place, to: Place, toText: string): Promise<Omit<Copied, "from">> {
  if (from.kind === "remote" && to.kind === "local") return copyOut(session, from, to.path);
  if (from.kind === "remote" && to.kind === "stream") return copyToStream(session, from, toText);
  if (to.kind === "remote" && from.kind === "local") return copyIn(session, from.path, to);
  if (to.kind === "remote" && from.kind === "stream") return copyFromStream(session, to);
  if (from.kind === "remote") {
    throw usage(
      "Both are in a workspace.",
      "Copy to this machine first, or copy inside with: berth exec <workspace> cp …",
    );
  }
  throw usage("Neither is in a workspace.", "A path in a workspace looks like first:report.py");
}

const statIn = ({ berth }: Session, { workspaceId, root, path }: RemoteFile): Promise<FileStat | null> =>
  orNull(berth.files.stat.query({ workspaceId, root: `/${root}` as "/workspace", path: `/${path}` }));

async function copyIn(session: Session, from: string, to: RemotePlace): Promise<Omit<Copied, "from">> {
  const stats = await stat(from);
  const { id: workspaceId } = await findWorkspace(session, to.workspace);
  const place = { workspaceId, root: to.root, path: to.path };
  const copiesContents = /(?:^|[\\/])\.$/.test(from);
  const isInto =
    !copiesContents && (to.isFolder || to.path === "" || (await statIn(session, place))?.kind === "directory");
  const path = isInto ? joined(to.path, basename(from)) : to.path;
  const target = { ...place, path };
  const shown = remoteText(to.workspace, to.root, path);
  if (stats.isDirectory()) return { to: shown, ...(await sendFolder(session, from, target)) };
  if (!stats.isFile())
    throw usage(`${from} is no file or folder.`, "Read it and pass it on: berth cp - <workspace>:<path>");
  if ((stats.mode & 0o111) !== 0 && process.platform !== "win32") {
    // Only an archive carries the mode.
    const names = path.split("/");
    const folder = { ...place, path: names.slice(0, -1).join("/") };
    return { to: shown, ...(await sendExecutable(session, from, folder, names.at(-1) ?? "")) };
  }
  return { to: shown, files: 1, ...(await sendFile(session, from, target)) };
}

async function copyFromStream(session: Session, to: RemotePlace): Promise<Omit<Copied, "from">> {
  if (to.isFolder) throw usage("Standard input has no name.", `Name the file: berth cp - ${to.workspace}:<path>`);
  const { id: workspaceId } = await findWorkspace(session, to.workspace);
  const place = { workspaceId, root: to.root, path: to.path };
  return {
    to: remoteText(to.workspace, to.root, to.path),
    files: 1,
    ...(await sendStream(session, process.stdin, place)),
  };
}

async function findOut(session: Session, from: RemotePlace): Promise<{ place: RemoteFile; entry: FileStat }> {
  const { id: workspaceId } = await findWorkspace(session, from.workspace);
  const place = { workspaceId, root: from.root, path: from.path };
  const { berth } = session;
  const input = { workspaceId, root: `/${from.root}` as "/workspace", path: `/${from.path}` };
  return { place, entry: await berth.files.stat.query(input) };
}

async function copyOut(session: Session, from: RemotePlace, to: string): Promise<Omit<Copied, "from">> {
  const { place, entry } = await findOut(session, from);
  const isInto = to.endsWith("/") || (await isFolder(to));
  const target = isInto ? join(to, from.path === "" ? from.root : basename(from.path)) : to;
  if (entry.kind === "directory") return { to: target, ...(await receiveFolder(session, place, target)) };
  const facts = { to: target, mode: entry.mode ?? 0o644, size: entry.size ?? 0 };
  return { to: target, files: 1, ...(await receiveFile(session, place, facts)) };
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );

async function copyToStream(session: Session, from: RemotePlace, toText: string): Promise<Omit<Copied, "from">> {
  if (session.output.isJson) throw usage("Standard output cannot hold the file and JSON.", "Leave out --json.");
  const { place, entry } = await findOut(session, from);
  const address = filePath(place.workspaceId, place.root, place.path);
  const { body } = await request(session, entry.kind === "directory" ? `${address}?archive=tar` : address);
  if (body) await pipeline(Readable.fromWeb(body as never), process.stdout, { end: false });
  return { to: toText, files: 1, bytes: entry.size ?? 0 };
}
