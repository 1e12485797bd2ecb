import {
  commandOutputInput,
  commandPlaceInput,
  listCommandsInput,
  runCommandInput,
  signalCommandInput,
  startCommandInput,
  writeCommandInput,
} from "@berth/domain";
import {
  commandOutput,
  getCommand,
  listCommands,
  runCommand,
  signalCommand,
  startCommand,
  writeCommand,
} from "@berth/services";
import { tracked } from "@trpc/server";
import { untilEnded } from "./subscription.ts";
import { mutate, procedure, query, router } from "./trpc.ts";

/** Callers with only curl use `POST /exec/<workspaceId>`. */
export const commandsRouter = router({
  run: procedure.input(runCommandInput).mutation(mutate(runCommand)),
  start: procedure.input(startCommandInput).mutation(mutate(startCommand)),
  get: procedure.input(commandPlaceInput).query(query(getCommand)),
  list: procedure.input(listCommandsInput).query(query(listCommands)),
  output: procedure.input(commandOutputInput).subscription(async function* ({ ctx, input, signal }) {
    const output = untilEnded(ctx, signal, (ended) => commandOutput(ctx.deps, ctx.actor, input, ended));
    for await (const { after, message } of output) yield tracked(`${after.stdout}-${after.stderr}`, message);
  }),
  write: procedure.input(writeCommandInput).mutation(mutate(writeCommand)),
  signal: procedure.input(signalCommandInput).mutation(mutate(signalCommand)),
});
