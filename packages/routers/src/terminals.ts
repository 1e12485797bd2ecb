import { closeTerminalInput, createTerminalInput, listTerminalsInput } from "@berth/domain";
import { closeTerminal, createTerminal, listTerminals } from "@berth/services";
import { mutate, procedure, query, router } from "./trpc.ts";

/** Input and output go over a separate WebSocket: `GET /terminal/<workspaceId>/<terminalId>`. */
export const terminalsRouter = router({
  create: procedure.input(createTerminalInput).mutation(mutate(createTerminal)),
  list: procedure.input(listTerminalsInput).query(query(listTerminals)),
  close: procedure.input(closeTerminalInput).mutation(mutate(closeTerminal)),
});
