import {
  BACKEND_KINDS,
  DATA_PERSISTENCE,
  DATA_STATES,
  DESIRED_STATES,
  ERASE_REASONS,
  EVENT_TYPES,
  FILE_KINDS,
  OPERATION_KINDS,
  OPERATION_STATUSES,
  PROBLEM_CODES,
  STEP_STATUSES,
  VOLUME_STATES,
  WORKSPACE_STATUSES,
} from "@berth/domain";
import { z } from "zod";

/** The public API as strict schemas that reject missing and extra keys. Written by hand, independent of the code. */
const id = z.uuid();
/** ISO 8601, UTC, milliseconds. */
const time = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const bytes = z.number().int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const statusReason = z.strictObject({
  code: z.string(),
  message: z.string(),
  retryable: z.boolean(),
  nextAttemptAt: time.nullable(),
});

export const workspaceShape = z.strictObject({
  id,
  name: z.string(),
  role: z.string().nullable(),
  parentId: id.nullable(),
  runtime: z.string(),
  model: z.string().min(1),
  tier: z.int().min(1).max(4),
  status: z.enum(WORKSPACE_STATUSES),
  statusReason: statusReason.nullable(),
  desired: z.enum(DESIRED_STATES),
  generation: z.int().min(1),
  dataState: z.enum(DATA_STATES),
  restartRequired: z.boolean(),
  backend: z.enum(BACKEND_KINDS),
  compute: z.strictObject({
    backend: z.enum(BACKEND_KINDS).optional(),
    image: z.string().optional(),
    cpus: z.number().optional(),
    memoryMb: z.number().optional(),
    instanceType: z.string().optional(),
    diskGb: z.number().optional(),
    dataPersistence: z.enum(DATA_PERSISTENCE),
    homeSnapshot: z.boolean(),
  }),
  effectivePersistence: z.strictObject({
    mode: z.enum(["persist", "ephemeral"]),
    afterDelete: z.enum(["retained", "grace", "gone"]),
    graceHours: z.number().nullable(),
    why: z.string().min(1),
  }),
  volume: z
    .strictObject({
      ...{ id, state: z.enum(VOLUME_STATES), sizeBytes: bytes.nullable(), measuredAt: time.nullable() },
      missingParts: z.array(z.string()).nullable(),
    })
    .nullable(),
  position: z.strictObject({ x: z.number(), y: z.number() }),
  collapsed: z.boolean(),
  currentTask: z.string().nullable(),
  activeTasks: z.int().min(0),
  createdAt: time,
  updatedAt: time,
  lastHeartbeatAt: time.nullable(),
  provisioningStartedAt: time.nullable(),
  deletedAt: time.nullable(),
  retainedUntil: time.nullable(),
});

/** `volumeId` is our addition: an erase belongs to a volume, so its `workspaceId` may be null. */
export const operationShape = z.strictObject({
  id,
  workspaceId: id.nullable(),
  volumeId: id.nullable(),
  kind: z.enum(OPERATION_KINDS),
  status: z.enum(OPERATION_STATUSES),
  steps: z.array(
    z.strictObject({
      name: z.string().min(1),
      status: z.enum(STEP_STATUSES),
      startedAt: time,
      endedAt: time.nullable(),
      message: z.string().nullable(),
    }),
  ),
  error: statusReason.nullable(),
  createdAt: time,
  finishedAt: time.nullable(),
});

/** `measuredAt` is our addition: the time at which `sizeBytes` was measured. */
export const volumeShape = z.strictObject({
  id,
  state: z.enum(VOLUME_STATES),
  workspaceId: id.nullable(),
  workspaceName: z.string(),
  backend: z.enum(BACKEND_KINDS),
  sizeBytes: bytes.nullable(),
  measuredAt: time.nullable(),
  retainedUntil: time.nullable(),
  missingSince: time.nullable(),
  missingParts: z.array(z.string()).nullable(),
  heldBecause: z.string().nullable(),
  returnedAt: time.nullable(),
  createdAt: time,
});

export const receiptShape = z.strictObject({
  volumeId: id,
  workspaceId: id.nullable(),
  workspaceName: z.string(),
  requestedBy: z.string().min(1),
  requestedByToken: z.strictObject({ name: z.string().min(1), revokedAt: time.nullable() }).nullable(),
  reason: z.enum(ERASE_REASONS),
  requestedAt: time,
  erasedAt: time,
  verifiedAt: time,
  verification: z.string().min(1),
  covered: z.array(z.string()).min(1),
  notCovered: z.array(z.string()),
});

export const eventShape = z.strictObject({
  sequence: z.int().min(1),
  type: z.enum(EVENT_TYPES),
  workspaceId: id.nullable(),
  at: time,
  data: z.record(z.string(), z.unknown()),
});

export const fileEntryShape = z.strictObject({
  name: z.string().min(1),
  kind: z.enum(FILE_KINDS),
  size: bytes.nullable(),
  modifiedAt: time.nullable(),
  mode: z.int().nullable(),
  linkTarget: z.string().nullable(),
  error: z.string().nullable(),
});

export const listingShape = z.strictObject({
  entries: z.array(fileEntryShape),
  nextCursor: z.string().nullable(),
  total: z.int().nullable(),
});

export const fileWrittenShape = z.strictObject({ path: z.string(), size: bytes, etag: z.string().min(1), sha256 });

export const fileTextShape = z.strictObject({
  content: z.string(),
  encoding: z.enum(["utf8", "base64"]),
  size: bytes,
  etag: z.string().min(1),
  truncated: z.boolean(),
});

/** The shape of every error response on all routes. */
export const errorBodyShape = z.strictObject({
  error: z.strictObject({
    message: z.string().min(1),
    code: z.int(),
    data: z.strictObject({
      httpStatus: z.int(),
      path: z.string().nullable(),
      problem: z.strictObject({
        code: z.enum(PROBLEM_CODES),
        message: z.string().min(1),
        retryable: z.boolean(),
        operationId: id.optional(),
        details: z.record(z.string(), z.unknown()).optional(),
      }),
    }),
  }),
});

export const commandShape = z.strictObject({
  id,
  workspaceId: id,
  incarnationId: id,
  command: z.union([z.string(), z.array(z.string())]),
  cwd: z.string(),
  state: z.enum(["running", "exited", "lost"]),
  exitCode: z.int().nullable(),
  signal: z.string().nullable(),
  startedAt: time,
  endedAt: time.nullable(),
  stdoutBytes: bytes,
  stderrBytes: bytes,
});

export const commandResultShape = z.strictObject({
  commandId: id,
  exitCode: z.int().nullable(),
  signal: z.string().nullable(),
  timedOut: z.boolean(),
  stdout: z.string(),
  stderr: z.string(),
  stdoutTruncated: z.boolean(),
  stderrTruncated: z.boolean(),
  durationMs: z.int().min(0),
});

/** Every line of `POST /exec`. */
export const execLineShape = z.union([
  z.strictObject({ started: commandShape }),
  z.strictObject({
    stream: z.enum(["stdout", "stderr"]),
    offset: z.int().min(0),
    data: z.string().min(1),
    encoding: z.literal("base64").optional(),
  }),
  z.strictObject({
    exit: z.strictObject({
      exitCode: z.int().nullable(),
      signal: z.string().nullable(),
      timedOut: z.boolean(),
      durationMs: z.int().min(0),
      stdoutBytes: bytes,
      stderrBytes: bytes,
    }),
  }),
]);
