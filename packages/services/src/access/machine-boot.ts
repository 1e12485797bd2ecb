import type { InstanceSpec } from "@berth/backends";
import { findIncarnation, findWorkspace } from "@berth/db";
import { DomainError } from "@berth/domain";
import type { Deps } from "../deps.ts";
import { browseSpec, machineSpec } from "../lifecycle/machine-spec.ts";
import { authenticateDaemon } from "./authenticate.ts";

/**
 * The boot document of a machine that fetches its own, which shows the token its daemon will dial with. The token is known and its
 * incarnation stored before the machine is asked for.
 *
 * @throws DomainError `unauthenticated` unless the token is that of an incarnation that is still wanted.
 */
export async function machineBootOf(
  deps: Pick<Deps, "db" | "installation" | "catalog">,
  credentials: { incarnationId: string; token: string | null },
): Promise<InstanceSpec["boot"]> {
  const { incarnationId, token } = credentials;
  const admitted = token === null ? null : await authenticateDaemon(deps, { incarnationId, token });
  const row = admitted ? await findIncarnation(deps.db, incarnationId) : undefined;
  const workspace = row ? await findWorkspace(deps.db, row.workspaceId) : undefined;
  if (!row || !workspace) {
    throw new DomainError("unauthenticated", "Only a machine that is wanted may ask this, with its own token.");
  }
  if (row.purpose === "browse") return browseSpec(deps.installation, row, null).boot;
  const capabilities = deps.catalog.capabilities(row.backend);
  const { volumeId } = row;
  const { boot } = machineSpec({ installation: deps.installation, workspace, incarnationId, volumeId, capabilities });
  return { ...boot, generation: row.generation };
}
