import { z } from "zod";
import { BACKEND_KINDS } from "./backends.ts";
import { LIMITS } from "./limits.ts";

/**
 * Queries between API processes, for data that only the holder of a tunnel or a process with access to the backend
 * has.
 */
export const REPLICA_QUESTIONS = { samples: "/samples", bootLog: "/boot-log" } as const;

/** `workspaceId` null: all workspaces. `last` null: all kept samples. */
export const samplesQuestion = z.object({ workspaceId: z.uuid().nullable(), last: z.int().positive().nullable() });
export type SamplesQuestion = z.output<typeof samplesQuestion>;

export const bootLogQuestion = z.object({
  backend: z.enum(BACKEND_KINDS),
  incarnationId: z.uuid(),
  workspaceId: z.uuid(),
  tailBytes: z.int().positive().max(LIMITS.requestBodyBytesMax),
});
export type BootLogQuestion = z.output<typeof bootLogQuestion>;

const sample = z.object({
  atMs: z.number(),
  cpuPercent: z.number().nullable(),
  memoryBytes: z.number().nullable(),
  diskUsedBytes: z.number().nullable(),
});

/** By workspace id, oldest first. */
export const samplesAnswer = z.record(z.uuid(), z.array(sample));
export type SamplesAnswer = z.output<typeof samplesAnswer>;

export const bootLogAnswer = z.object({
  text: z.string(),
  truncated: z.boolean(),
  source: z.enum(["container_log", "console_output", "process_log"]),
});
