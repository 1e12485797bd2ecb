import { attemptOf, type InstanceSpec } from "@berth/backends";
import { announceBootStep, enrolInstance, findWorkspace, type IncarnationRow } from "@berth/db";
import { DomainError } from "@berth/domain";
import type { Deps } from "../deps.ts";
import { browseSpec, instanceSpec } from "../instances/spec.ts";
import { admissibleIncarnation } from "./authenticate.ts";
import { enrolmentKey, hashSecret, sameSecret } from "./secrets.ts";

interface InstanceCredentials {
  incarnationId: string;
  /** The key that the instance enrolled with. */
  token: string | null;
}

interface Enrolment {
  incarnationId: string;
  /** The single-use token from the instance's user data. */
  token: string | null;
  /** 32 random bytes in hexadecimal, which the instance generated and keeps. */
  machineKey: string;
}

/**
 * Registers the key of a booting instance: the first one that presents its launch token. The token is checked
 * against the incarnation, which is stored before the instance is requested.
 *
 * @throws DomainError `unauthenticated` unless the token belongs to an incarnation that should run; `already_exists`
 * when
 *   another instance has used it; `invalid_input`.
 */
export async function enrol(
  deps: Pick<Deps, "db" | "installation" | "log">,
  { incarnationId, token, machineKey }: Enrolment,
): Promise<void> {
  if (!/^[0-9a-f]{64}$/.test(machineKey)) {
    throw new DomainError("invalid_input", "Send 32 random bytes in hexadecimal as text/plain.");
  }
  const attempt = token === null ? null : attemptOf(enrolmentKey(deps.installation, incarnationId), token);
  if (attempt === null || !(await admissibleIncarnation(deps, incarnationId))) throw notAdmitted();
  if (await enrolInstance(deps.db, { incarnationId, attempt, keyHash: hashSecret(machineKey) })) return;
  deps.log("error", { evt: "machine.enrolment_refused", incarnationId, attempt });
  throw new DomainError("already_exists", "Another machine has used this token.", { retryable: false });
}

/** @throws DomainError `unauthenticated` unless the token is the key of an enrolled instance that should still run */
export async function instanceBootOf(
  deps: Pick<Deps, "db" | "installation" | "catalog">,
  credentials: InstanceCredentials,
): Promise<InstanceSpec["boot"]> {
  const row = await admit(deps, credentials);
  if (row.purpose === "browse") return browseSpec(deps.installation, row, null).boot;
  const workspace = await findWorkspace(deps.db, row.workspaceId);
  if (!workspace) throw notAdmitted();
  const { volumeId, backend, generation } = row;
  const capabilities = deps.catalog.capabilities(backend);
  const { boot } = instanceSpec({
    installation: deps.installation,
    workspace,
    incarnation: row,
    volumeId,
    capabilities,
  });
  return { ...boot, generation };
}

const MESSAGE_CHARS_MAX = 200;
const CONTROL_CHARACTERS = /\p{Cc}+/gu;

/** Announces the boot progress of an instance, which the running operation shows. */
export async function recordBootStep(
  deps: Pick<Deps, "db">,
  credentials: InstanceCredentials,
  message: string,
): Promise<void> {
  await admit(deps, credentials);
  const plain = message.replace(CONTROL_CHARACTERS, " ").trim().slice(0, MESSAGE_CHARS_MAX);
  await announceBootStep(deps.db, { incarnationId: credentials.incarnationId, message: plain });
}

async function admit(deps: Pick<Deps, "db">, { incarnationId, token }: InstanceCredentials): Promise<IncarnationRow> {
  const row = await admissibleIncarnation(deps, incarnationId);
  if (token === null || !row?.machineKeyHash || !sameSecret(hashSecret(token), row.machineKeyHash)) throw notAdmitted();
  return row;
}

const notAdmitted = (): DomainError =>
  new DomainError("unauthenticated", "Only the current machine of a workspace may request this, with its own token.");
