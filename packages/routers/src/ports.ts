import { listPortsInput, revokeShareInput, sharePortInput } from "@berth/domain";
import { listPorts, revokeShare, sharePort } from "@berth/services";
import { mutate, procedure, query, router } from "./trpc.ts";

/** The ports themselves are at `/port/<workspaceId>/<port>/`. */
export const portsRouter = router({
  list: procedure.input(listPortsInput).query(query(listPorts)),
  share: procedure.input(sharePortInput).mutation(mutate(sharePort)),
  revoke: procedure.input(revokeShareInput).mutation(mutate(revokeShare)),
});
