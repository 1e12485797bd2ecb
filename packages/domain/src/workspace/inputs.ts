import { z } from "zod";
import { idSchema } from "../ids.ts";
import { LIMITS } from "../limits.ts";
import { METRICS_RANGES } from "../metrics.ts";
import { multiLineText, singleLineText, storableText } from "../text.ts";
import { computePatchSchema, computeSchema } from "./compute.ts";
import { WORKSPACE_STATUSES } from "./lifecycle.ts";
import { workspaceNameSchema } from "./name.ts";
import { RUNTIME_IDS } from "./runtimes.ts";

export const workspaceIdInput = z.strictObject({ id: idSchema });

/** `name` is for a workspace whose own name has been taken. */
export const restoreWorkspaceInput = z.strictObject({ id: idSchema, name: workspaceNameSchema.optional() });
export type RestoreWorkspaceInput = z.output<typeof restoreWorkspaceInput>;

const roleSchema = multiLineText().max(LIMITS.workspaceRoleCharsMax).nullable();
const modelSchema = singleLineText().min(1).max(200);
/** Any integer. One out of range becomes the default tier instead of an error (see `resolveTier`). */
const tierSchema = z.number().int();
const coordinate = z.number().min(-1e6).max(1e6);
export const positionSchema = z.strictObject({ x: coordinate, y: coordinate });

export const createWorkspaceInput = z.strictObject({
  name: workspaceNameSchema,
  role: roleSchema.optional(),
  parentId: idSchema.nullable().optional(),
  runtime: z.enum(RUNTIME_IDS).default("shell"),
  model: modelSchema.optional(),
  tier: tierSchema.optional(),
  compute: computeSchema.default({ dataPersistence: "auto", homeSnapshot: false }),
  position: positionSchema.optional(),
});
export type CreateWorkspaceInput = z.output<typeof createWorkspaceInput>;

export const listWorkspacesInput = z.strictObject({
  limit: z.number().int().min(1).max(LIMITS.listLimitMax).default(LIMITS.listLimitDefault),
  cursor: storableText().max(500).optional(),
  status: z.enum(WORKSPACE_STATUSES).optional(),
  parentId: idSchema.nullable().optional(),
  search: storableText().max(200).optional(),
  includeDeleted: z.boolean().default(false),
});
export type ListWorkspacesInput = z.output<typeof listWorkspacesInput>;

export const updateWorkspaceInput = z.strictObject({
  id: idSchema,
  name: workspaceNameSchema.optional(),
  role: roleSchema.optional(),
  parentId: idSchema.nullable().optional(),
  position: positionSchema.optional(),
  collapsed: z.boolean().optional(),
});
export type UpdateWorkspaceInput = z.output<typeof updateWorkspaceInput>;

export const configureWorkspaceInput = z.strictObject({
  id: idSchema,
  runtime: z.enum(RUNTIME_IDS).optional(),
  model: modelSchema.optional(),
  tier: tierSchema.optional(),
  compute: computePatchSchema.optional(),
});
export type ConfigureWorkspaceInput = z.output<typeof configureWorkspaceInput>;

/**
 * `ifGeneration` prevents a double submit: the verb is refused when the workspace has changed since the client read
 * it.
 */
export const verbInput = z.strictObject({
  id: idSchema,
  ifGeneration: z.number().int().min(1).optional(),
  force: z.boolean().default(false),
});
export type VerbInput = z.output<typeof verbInput>;

export const deletePreviewInput = z.strictObject({ id: idSchema, eraseData: z.boolean().default(false) });
export type DeletePreviewInput = z.output<typeof deletePreviewInput>;

export const deleteWorkspaceInput = z.strictObject({
  id: idSchema,
  confirmName: storableText(),
  eraseData: z.boolean().default(false),
  cascade: z.boolean().default(false),
});
export type DeleteWorkspaceInput = z.output<typeof deleteWorkspaceInput>;

export const bootLogInput = z.strictObject({
  id: idSchema,
  tailBytes: z.number().int().min(1).max(LIMITS.bootLogTailBytesMax).default(LIMITS.bootLogTailBytesDefault),
});
export type BootLogInput = z.output<typeof bootLogInput>;

export const workspaceMetricsInput = z.strictObject({
  id: idSchema,
  /** `hour`: a point every 10 seconds. `day`: averages of 5 minutes. */
  range: z.enum(METRICS_RANGES).default("hour"),
});
export type WorkspaceMetricsInput = z.output<typeof workspaceMetricsInput>;

export const saveLayoutInput = z.strictObject({
  positions: z
    .array(z.strictObject({ id: idSchema, x: coordinate, y: coordinate }))
    .min(1)
    .max(5000),
});
export type SaveLayoutInput = z.output<typeof saveLayoutInput>;

export const viewportSchema = z.strictObject({ x: z.number(), y: z.number(), zoom: z.number().min(0.01).max(10) });
export type Viewport = z.output<typeof viewportSchema>;
