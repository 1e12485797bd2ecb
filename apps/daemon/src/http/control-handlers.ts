import { LIMITS } from "@berth/domain";
import { flushFileSystems } from "../files/flush.ts";
import type { Handler } from "./handler.ts";

export const readStatus: Handler = async ({ status }, call) => call.respondJson(await status.read());

export const readAgentLog: Handler = async ({ agent }, call) => {
  const tailBytes = call.integer("tailBytes", LIMITS.bootLogTailBytesDefault, LIMITS.bootLogTailBytesMax);
  call.respondJson(await agent.logTail(tailBytes));
};

/** Ends the program, the commands and the terminals, then flushes. After the response, files no longer change and are on the disk. */
export const quiesce: Handler = async ({ agent, commands, terminals, roots, log }, call) => {
  await Promise.all([agent.stop(), commands.endAll(), terminals.closeAll()]);
  await flushFileSystems([...roots.values()].map((root) => root.path));
  log("Quiesced: the program and all commands have ended and the files are on the disk.");
  call.respondJson({ agent: agent.state });
};
