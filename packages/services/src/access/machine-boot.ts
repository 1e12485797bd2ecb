import type { InstanceSpec } from "@berth/backends";
import { announceBootStep, findIncarnation, findWorkspace } from "@berth/db";
import { DomainError } from "@berth/domain";
import type { Deps } from "../deps.ts";
import { browseSpec, machineSpec } from "../lifecycle/machine-spec.ts";
import { authenticateDaemon } from "./authenticate.ts";

interface MachineCredentials {
  incarnationId: string;
  token: string | null;
}

/**
 * The boot document of a machine that fetches its own, which shows the token its daemon will dial with. The token is known and its
 * incarnation stored before the machine is asked for.
 *
 * @throws DomainError `unauthenticated` unless the token is that of an incarnation that is still wanted.
 */
export async function machineBootOf(
  deps: Pick<Deps, "db" | "installation" | "catalog">,
  credentials: MachineCredentials,
): Promise<InstanceSpec["boot"]> {
  const { incarnationId } = credentials;
  await admit(deps, credentials);
  const row = await findIncarnation(deps.db, incarnationId);
  const workspace = row ? await findWorkspace(deps.db, row.workspaceId) : undefined;
  if (!row || !workspace) throw notAdmitted();
  if (row.purpose === "browse") return browseSpec(deps.installation, row, null).boot;
  const capabilities = deps.catalog.capabilities(row.backend);
  const { volumeId } = row;
  const { boot } = machineSpec({ installation: deps.installation, workspace, incarnationId, volumeId, capabilities });
  return { ...boot, generation: row.generation };
}

const MESSAGE_CHARS_MAX = 200;
const CONTROL_CHARACTERS = /\p{Cc}+/gu;

/** A machine says how far its boot has come; people see it where they wait for it. */
export async function noteBootStep(
  deps: Pick<Deps, "db" | "installation">,
  credentials: MachineCredentials,
  message: string,
): Promise<void> {
  await admit(deps, credentials);
  const plain = message.replace(CONTROL_CHARACTERS, " ").trim().slice(0, MESSAGE_CHARS_MAX);
  await announceBootStep(deps.db, { incarnationId: credentials.incarnationId, message: plain });
}

async function admit(
  deps: Pick<Deps, "db" | "installation">,
  { incarnationId, token }: MachineCredentials,
): Promise<void> {
  if (token === null || !(await authenticateDaemon(deps, { incarnationId, token }))) throw notAdmitted();
}

const notAdmitted = (): DomainError =>
  new DomainError("unauthenticated", "Only a machine that is wanted may ask this, with its own token.");
