import type { Command } from "commander";
import { examples } from "../examples.ts";
import { findWorkspace } from "../find-workspace.ts";
import { ageText } from "../output.ts";
import { pickOne } from "../pick-one.ts";
import { type JsonOption, openSession, withJson } from "../session.ts";

interface WorkspaceOption extends JsonOption {
  workspace?: string;
}

export function addTokens(program: Command): void {
  const group = program.command("tokens").description("Lists, creates and revokes tokens. Only the owner may.");
  const ls = group
    .command("list")
    .alias("ls")
    .description("Lists the tokens, without their secrets.")
    .option("--workspace <workspace>", "only tokens of this workspace")
    .action(list);
  examples(withJson(ls, "print an array of tokens"), ["berth tokens list"]);

  const make = group
    .command("create")
    .description("Creates a token. Its secret is printed once, alone on stdout.")
    .argument("<name>", "what it is for")
    .option("--workspace <workspace>", "a token that reaches only this workspace")
    .action(create);
  examples(withJson(make), ["berth tokens create ci > token.txt", "berth tokens create helper --workspace first"]);

  const revoke = group
    .command("revoke")
    .description("Revokes a token at once.")
    .argument("<token>", "its id, or its name if no other token has it")
    .action(revokeToken);
  examples(withJson(revoke), ["berth tokens revoke ci"]);
}

async function list({ workspace, ...options }: WorkspaceOption): Promise<void> {
  const session = await openSession(options);
  const workspaceId = workspace === undefined ? undefined : (await findWorkspace(session, workspace)).id;
  const tokens = await session.berth.tokens.list.query(workspaceId === undefined ? {} : { workspaceId });
  const rows = tokens.map((each) => [
    each.name,
    each.kind,
    each.revokedAt === null ? "valid" : "revoked",
    ageText(each.createdAt),
    ageText(each.lastUsedAt),
    each.id,
  ]);
  const text = session.output.table(["NAME", "KIND", "STATE", "AGE", "LAST USED", "ID"], rows);
  session.output.result(tokens, tokens.length === 0 ? "No tokens." : text);
}

async function create(name: string, { workspace, ...options }: WorkspaceOption): Promise<void> {
  const session = await openSession(options);
  const { berth, output } = session;
  const workspaceId = workspace === undefined ? undefined : (await findWorkspace(session, workspace)).id;
  const input = workspaceId === undefined ? { kind: "org", name } : { kind: "workspace", name, workspaceId };
  const created = await berth.tokens.create.mutate(input as { kind: "org"; name: string });
  output.result(created, created.secret);
  output.note(`Save it now: it is not shown again. Revoke it with: berth tokens revoke ${created.token.id}`);
}

async function revokeToken(nameOrId: string, options: JsonOption): Promise<void> {
  const session = await openSession(options);
  const { berth, output } = session;
  const tokens = await berth.tokens.list.query({});
  const { id, name } = pickOne(
    tokens.filter(({ revokedAt }) => revokedAt === null),
    nameOrId,
    {
      ...{ what: "token", list: "berth tokens list", nameOf: (each) => each.name },
    },
  );
  const revoked = await berth.tokens.revoke.mutate({ id });
  output.result(revoked, `Revoked "${name}".`);
}
