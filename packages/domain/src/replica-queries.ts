import { z } from "zod";
import { BACKEND_KINDS } from "./backends.ts";
import { LIMITS } from "./limits.ts";

/**
 * Queries between API processes, for data that only the holder of a tunnel or a process with access to the backend
 * has.
 */
export const REPLICA_QUERIES = { samples: "/samples", bootLog: "/boot-log" } as const;

/** `workspaceId` null: all workspaces. `last` null: all kept samples. */
export const samplesQuery = z.object({ workspaceId: z.uuid().nullable(), last: z.int().positive().nullable() });
export type SamplesQuery = z.output<typeof samplesQuery>;

export const bootLogQuery = z.object({
  backend: z.enum(BACKEND_KINDS),
  incarnationId: z.uuid(),
  workspaceId: z.uuid(),
  tailBytes: z.int().positive().max(LIMITS.requestBodyBytesMax),
});
export type BootLogQuery = z.output<typeof bootLogQuery>;

const sample = z.object({
  atMs: z.number(),
  cpuPercent: z.number().nullable(),
  memoryBytes: z.number().nullable(),
  diskUsedBytes: z.number().nullable(),
});

/** By workspace id, oldest first. */
export const samplesResult = z.record(z.uuid(), z.array(sample));
export type SamplesResult = z.output<typeof samplesResult>;

export const bootLogResult = z.object({
  text: z.string(),
  truncated: z.boolean(),
  source: z.enum(["container_log", "console_output", "process_log"]),
});
