import { type BerthEvent, FEED_STARTED } from "@berth/domain";
import type { Command } from "commander";
import { examples } from "../examples.ts";
import { findWorkspace } from "../find-workspace.ts";
import { type JsonOption, openSession, type Session, withJson } from "../session.ts";
import { numberOf } from "./workspaces.ts";

interface EventsOptions extends JsonOption {
  follow?: boolean;
  after?: number;
  workspace?: string;
  limit: number;
}

export function addEvents(program: Command): void {
  const command = program
    .command("events")
    .description("Prints what happened: the last events, or all from now on.")
    .option("-f, --follow", "go on until Ctrl-C; a broken connection continues without a gap")
    .option("--after <sequence>", "only events after this one", numberOf)
    .option("--workspace <workspace>", "only events of this workspace")
    .option("--limit <count>", "how many of the last ones", numberOf, 20)
    .action(events);
  examples(withJson(command, "print events as lines of JSON"), [
    "berth events",
    "berth events -f --workspace first",
    "berth events -f --json | jq -c 'select(.type == \"operation.finished\")'",
  ]);
}

async function events(options: EventsOptions): Promise<void> {
  const session = await openSession(options);
  const { follow, after, workspace, limit } = options;
  const workspaceId = workspace === undefined ? undefined : (await findWorkspace(session, workspace)).id;
  const filter = workspaceId === undefined ? {} : { workspaceId };
  if (follow) return followEvents(session, { ...filter, ...(after === undefined ? {} : { after }) });
  const order = after === undefined ? "desc" : "asc";
  const page = await session.berth.events.list.query({
    ...({ ...filter, limit, order } as const),
    ...(after === undefined ? {} : { after }),
  });
  for (const event of order === "desc" ? page.items.toReversed() : page.items) print(session, event);
}

const followEvents = (session: Session, input: { after?: number; workspaceId?: string }) =>
  new Promise<void>((resolve, reject) => {
    session.berth.events.subscribe.subscribe(input, {
      onData: ({ data }) => {
        if (data.type !== FEED_STARTED) print(session, data);
      },
      onComplete: resolve,
      onError: reject,
    });
  });

function print({ output }: Session, event: BerthEvent): void {
  const { sequence, at, type, workspaceId, data } = event;
  output.item(event, `${at}  ${sequence}  ${type}  ${workspaceId ?? "-"}  ${JSON.stringify(data)}`);
}
