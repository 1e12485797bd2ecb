import type { IncarnationRef } from "@berth/backends";
import { renewStart } from "@berth/db";
import type { BackendKind } from "@berth/domain";
import { tunnelTokenOf } from "../access/secrets.ts";
import type { OperationRun } from "../operations/run.ts";

/** Starts a stopped instance that was kept. Its daemon gets a new token, so a copy of the old one is useless. */
export async function startStopped(
  { deps, operation }: OperationRun,
  backend: BackendKind,
  ref: IncarnationRef,
): Promise<void> {
  const row = await renewStart(deps.db, ref.incarnationId, operation.generation);
  await deps.gateway.start(backend, ref, tunnelTokenOf(deps.installation, row));
}
