import type { InstanceSpec } from "@berth/backends";
import type { IncarnationRow, Installation, WorkspaceRow } from "@berth/db";
import { type Capabilities, RUNTIMES, type RuntimeId, resolveTier, TIER_LIMITS, type Tier } from "@berth/domain";
import { enrolmentKey, tunnelTokenOf } from "../access/secrets.ts";

interface SpecInput {
  installation: Installation;
  workspace: WorkspaceRow;
  incarnation: IncarnationRow;
  volumeId: string | null;
  capabilities: Capabilities;
}

/** The spec of a workspace's instance. */
export function instanceSpec({
  installation,
  workspace,
  incarnation,
  volumeId,
  capabilities,
}: SpecInput): InstanceSpec {
  const { id: incarnationId } = incarnation;
  const { compute } = workspace;
  const tier: Tier = resolveTier(workspace.tier, capabilities);
  const limits = TIER_LIMITS[tier];
  return {
    incarnationId,
    workspaceId: workspace.id,
    generation: workspace.generation,
    purpose: "workspace",
    volumeId,
    image: compute.image ?? null,
    ...(compute.instanceType === undefined ? {} : { instanceType: compute.instanceType }),
    ...(compute.diskGb === undefined ? {} : { diskGb: compute.diskGb }),
    limits: { ...limits, cpus: compute.cpus ?? limits.cpus, memoryMb: compute.memoryMb ?? limits.memoryMb },
    enrolmentKey: enrolmentKey(installation, incarnationId),
    boot: {
      tunnelToken: tunnelTokenOf(installation, incarnation),
      workspaceId: workspace.id,
      incarnationId,
      generation: workspace.generation,
      configTemplate: configTemplate(workspace),
      command: RUNTIMES[workspace.runtime as RuntimeId]?.command ?? null,
      environment: environment(workspace),
    },
  };
}

/** The spec of an instance that only serves a volume's files while the workspace is stopped. */
export function browseSpec(installation: Installation, row: IncarnationRow, image: string | null): InstanceSpec {
  return {
    incarnationId: row.id,
    workspaceId: row.workspaceId,
    generation: row.generation,
    purpose: "browse",
    volumeId: row.volumeId,
    image,
    limits: { ...TIER_LIMITS[2], readOnlyRoot: false },
    enrolmentKey: enrolmentKey(installation, row.id),
    boot: {
      tunnelToken: tunnelTokenOf(installation, row),
      workspaceId: row.workspaceId,
      incarnationId: row.id,
      generation: row.generation,
      configTemplate: {},
      command: null,
      environment: {},
    },
  };
}

/** The initial files of /configs, which describe the workspace to its program. */
function configTemplate(workspace: WorkspaceRow): Record<string, string> {
  const { name, role, runtime, model } = workspace;
  return { "workspace.json": `${JSON.stringify({ name, role, runtime, model }, null, 2)}\n` };
}

const environment = (workspace: WorkspaceRow): Record<string, string> => ({
  BERTH_WORKSPACE_ID: workspace.id,
  BERTH_WORKSPACE_NAME: workspace.name,
  BERTH_RUNTIME: workspace.runtime,
  BERTH_MODEL: workspace.model,
});
