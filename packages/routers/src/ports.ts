import { listPortsInput } from "@berth/domain";
import { listPorts } from "@berth/services";
import { procedure, query, router } from "./trpc.ts";

/** The ports themselves are at `/port/<workspaceId>/<port>/`. */
export const portsRouter = router({
  list: procedure.input(listPortsInput).query(query(listPorts)),
});
