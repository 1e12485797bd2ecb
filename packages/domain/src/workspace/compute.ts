import { z } from "zod";
import { BACKEND_KINDS } from "../backends.ts";
import { DATA_PERSISTENCE } from "./persistence.ts";

/** How a workspace's instance is created and its data kept. */
export const computeSchema = z.strictObject({
  backend: z.enum(BACKEND_KINDS).optional(),
  image: z
    .string()
    .min(1)
    .max(500)
    .regex(/^[a-zA-Z0-9][\w.\-/:@]*$/, "An image name looks like name:tag or registry/name@sha256:….")
    .optional(),
  cpus: z.number().min(0.1).max(128).optional(),
  memoryMb: z.number().int().min(128).max(1_048_576).optional(),
  instanceType: z
    .string()
    .regex(/^[a-z0-9-]+\.[a-z0-9-]+$/, "An instance type must look like t3.medium.")
    .optional(),
  diskGb: z.number().int().min(1).max(16_384).optional(),
  dataPersistence: z
    .enum(DATA_PERSISTENCE, { error: `dataPersistence must be one of: ${DATA_PERSISTENCE.join(", ")}.` })
    .default("auto"),
  homeSnapshot: z.boolean().default(false),
});
export type Compute = z.output<typeof computeSchema>;
export type ComputeInput = z.input<typeof computeSchema>;

/** For `configure`: changes only the given values; null resets a value to its default. */
export const computePatchSchema = z.strictObject({
  image: computeSchema.shape.image.unwrap().nullable().optional(),
  cpus: computeSchema.shape.cpus.unwrap().nullable().optional(),
  memoryMb: computeSchema.shape.memoryMb.unwrap().nullable().optional(),
  instanceType: computeSchema.shape.instanceType.unwrap().nullable().optional(),
  diskGb: computeSchema.shape.diskGb.unwrap().nullable().optional(),
  backend: z.enum(BACKEND_KINDS).optional(),
  dataPersistence: computeSchema.shape.dataPersistence.unwrap().optional(),
  homeSnapshot: z.boolean().optional(),
});
export type ComputePatch = z.output<typeof computePatchSchema>;

export function patchCompute(current: Compute, patch: ComputePatch): Compute {
  const merged = { ...current, ...patch };
  const named = Object.entries(merged).filter(([, value]) => value !== null && value !== undefined);
  return computeSchema.parse(Object.fromEntries(named));
}

/**
 * The settings that an instance is created with. When they differ from those of the running instance, a restart is
 * required.
 */
export interface InstanceSettings {
  runtime: string;
  model: string;
  tier: number;
  compute: Compute;
}

/** The same text for the same settings, in any order of keys. Compared, never parsed. */
export function settingsFingerprint(settings: InstanceSettings): string {
  const compute = Object.entries(settings.compute).filter(([, value]) => value !== undefined);
  compute.sort(([left], [right]) => (left < right ? -1 : 1));
  return JSON.stringify([settings.runtime, settings.model, settings.tier, compute]);
}
