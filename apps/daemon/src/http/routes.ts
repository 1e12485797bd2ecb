import { DAEMON_ROUTES, DomainError } from "@berth/domain";
import { getArchive, getManifest, putArchive } from "./archive-handlers.ts";
import { getCommandOutput, getCommands, postCommand, postCommandInput, postCommandSignal } from "./command-handlers.ts";
import { getContent, putContent } from "./content-handlers.ts";
import { quiesce, readAgentLog, readStatus } from "./control-handlers.ts";
import type { Handler } from "./handler.ts";
import { connectPort, getPorts } from "./port-handlers.ts";
import { getList, getSearch, getStat, getUsage } from "./query-handlers.ts";
import { attachTerminal, deleteTerminal, getTerminals, postTerminal } from "./terminal-handlers.ts";
import { postCopy, postDelete, postMakeDirectory, postMove } from "./tree-handlers.ts";
import { deleteUpload, headUpload } from "./upload-handlers.ts";
import { postWatch } from "./watch-handler.ts";

const HANDLERS: Record<string, Partial<Record<string, Handler>>> = {
  [DAEMON_ROUTES.status]: { GET: readStatus },
  [DAEMON_ROUTES.list]: { GET: getList },
  [DAEMON_ROUTES.stat]: { GET: getStat },
  [DAEMON_ROUTES.content]: { GET: getContent, PUT: putContent },
  [DAEMON_ROUTES.makeDirectory]: { POST: postMakeDirectory },
  [DAEMON_ROUTES.move]: { POST: postMove },
  [DAEMON_ROUTES.copy]: { POST: postCopy },
  [DAEMON_ROUTES.delete]: { POST: postDelete },
  [DAEMON_ROUTES.archive]: { GET: getArchive, PUT: putArchive },
  [DAEMON_ROUTES.manifest]: { GET: getManifest },
  [DAEMON_ROUTES.upload]: { HEAD: headUpload, DELETE: deleteUpload },
  [DAEMON_ROUTES.search]: { GET: getSearch },
  [DAEMON_ROUTES.watch]: { POST: postWatch },
  [DAEMON_ROUTES.usage]: { GET: getUsage },
  [DAEMON_ROUTES.agentLog]: { GET: readAgentLog },
  [DAEMON_ROUTES.terminals]: { GET: getTerminals, POST: postTerminal, DELETE: deleteTerminal },
  [DAEMON_ROUTES.attachTerminal]: { POST: attachTerminal },
  [DAEMON_ROUTES.commands]: { GET: getCommands, POST: postCommand },
  [DAEMON_ROUTES.commandOutput]: { GET: getCommandOutput },
  [DAEMON_ROUTES.writeCommand]: { POST: postCommandInput },
  [DAEMON_ROUTES.signalCommand]: { POST: postCommandSignal },
  [DAEMON_ROUTES.ports]: { GET: getPorts },
  [DAEMON_ROUTES.connectPort]: { POST: connectPort },
  [DAEMON_ROUTES.quiesce]: { POST: quiesce },
};

/** @throws DomainError `not_found` for an unknown route, e.g. in an older daemon. */
export function findHandler(method: string, route: string): Handler {
  const handler = Object.hasOwn(HANDLERS, route) ? HANDLERS[route]?.[method] : undefined;
  if (handler) return handler;
  throw new DomainError("not_found", `The daemon does not know ${method} ${route}.`);
}
