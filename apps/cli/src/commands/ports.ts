import type { WorkspacePort } from "@berth/domain";
import { type Command, InvalidArgumentError } from "commander";
import { examples } from "../examples.ts";
import { EXIT } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import { findWorkspace } from "../find-workspace.ts";
import { type JsonOption, once, openSession, type Session, withJson } from "../session.ts";

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

const durationOf = (text: string): number => {
  const [, count, unit = "s"] = /^(\d+)([smhd]?)$/.exec(text) ?? [];
  if (count === undefined) throw new InvalidArgumentError("A time looks like 90, 30m, 12h or 7d.");
  return Number(count) * SECONDS[(unit || "s") as keyof typeof SECONDS];
};

const portOf = (text: string): number => {
  if (!/^\d{1,5}$/.test(text)) throw new InvalidArgumentError("A port is a number up to 65535.");
  return Number(text);
};

export function addPorts(program: Command): void {
  const ls = program
    .command("ports")
    .description("Lists the ports that programs of a workspace listen on, with their previews and shares.")
    .argument("<workspace>", "a name or an id")
    .action(list);
  examples(withJson(ls, "print an array of ports"), [
    "berth ports first",
    "berth ports first --json | jq '.[].previewUrl'",
  ]);

  const share = program
    .command("share")
    .description("Shares one port by a link. Anyone who has the link can open the port until it expires.")
    .argument("<workspace>", "a name or an id")
    .argument("<port>", "its number", portOf)
    .option("--expires <time>", "after this time, such as 30m, 12h or 7d", durationOf, SECONDS.h)
    .action(sharePort);
  examples(withJson(share), ["berth share first 8080", "berth share first 8080 --expires 7d"]);

  const unshare = program
    .command("unshare")
    .description("Stops sharing a port. Its links end at once, open connections too.")
    .argument("<workspace>", "a name or an id")
    .argument("<port>", "its number", portOf)
    .option("--share <id>", "only this link")
    .action(stopSharing);
  examples(withJson(unshare), ["berth unshare first 8080"]);
}

const portsOf = async ({ berth }: Session, workspaceId: string): Promise<WorkspacePort[]> =>
  (await berth.ports.list.query({ workspaceId })).items;

async function list(nameOrId: string, options: JsonOption): Promise<void> {
  const session = await openSession(options);
  const { id } = await findWorkspace(session, nameOrId);
  const ports = await portsOf(session, id);
  const rows = ports.map(({ port, address, process: program, previewUrl, shares }) => [
    String(port),
    address ?? "nothing listens",
    program ?? "-",
    shares.length === 0
      ? "-"
      : `${shares.length}, until ${shares
          .map(({ expiresAt }) => expiresAt)
          .toSorted()
          .at(-1)}`,
    previewUrl ?? "-",
  ]);
  const text = session.output.table(["PORT", "ADDRESS", "PROGRAM", "SHARED", "PREVIEW"], rows);
  session.output.result(ports, ports.length === 0 ? "No program listens on a port." : text);
}

async function sharePort(nameOrId: string, port: number, options: JsonOption & { expires: number }): Promise<void> {
  const session = await openSession(options);
  const { id: workspaceId } = await findWorkspace(session, nameOrId);
  const input = { workspaceId, port, expiresInSeconds: options.expires };
  const shared = await once((call) => session.berth.ports.share.mutate(input, call));
  session.output.result(shared, shared.url);
  session.output.note(`It works until ${shared.expiresAt}. Stop it with: berth unshare ${nameOrId} ${port}`);
}

async function stopSharing(nameOrId: string, port: number, options: JsonOption & { share?: string }): Promise<void> {
  const session = await openSession(options);
  const { id: workspaceId } = await findWorkspace(session, nameOrId);
  const shares = (await portsOf(session, workspaceId)).find((each) => each.port === port)?.shares ?? [];
  const ids = shares.map(({ id }) => id).filter((id) => options.share === undefined || id === options.share);
  if (ids.length === 0) {
    throw new Failure(`Port ${port} of "${nameOrId}" is not shared${options.share ? " by this link" : ""}.`, {
      next: `List the ports and their shares: berth ports ${nameOrId} --json`,
      exitCode: EXIT.notFound,
      code: "not_found",
    });
  }
  for (const id of ids) await session.berth.ports.revoke.mutate({ id });
  session.output.result(
    { revoked: ids },
    `Port ${port} is no longer shared by ${ids.length === 1 ? "this link" : `${ids.length} links`}.`,
  );
}
