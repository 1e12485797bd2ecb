import type { BackendKind } from "./backends.ts";
import type { OperationKind } from "./operations.ts";

export interface SecondsRange {
  fromSeconds: number;
  toSeconds: number;
}

/**
 * The expected duration of an operation. `basis` is its source: this workspace, its backend here, or the stated
 * default.
 */
export interface ExpectedDuration extends SecondsRange {
  kind: OperationKind;
  basis: "workspace" | "backend" | "stated";
}

const range = (fromSeconds: number, toSeconds: number): SecondsRange => ({ fromSeconds, toSeconds });

interface Stated {
  start: SecondsRange;
  resume: SecondsRange;
  pause: SecondsRange;
  hibernate: SecondsRange;
  remove: SecondsRange;
}

/** Defaults until something is measured. An image pull takes longer; docs/ec2.md has the numbers for EC2. */
const STATED: Record<BackendKind, Stated> = {
  memory: { start: range(1, 3), resume: range(1, 3), pause: range(1, 3), hibernate: range(1, 3), remove: range(1, 3) },
  local: {
    start: range(1, 5),
    resume: range(1, 5),
    pause: range(1, 10),
    hibernate: range(1, 10),
    remove: range(1, 10),
  },
  docker: {
    start: range(2, 20),
    resume: range(1, 10),
    pause: range(1, 15),
    hibernate: range(1, 15),
    remove: range(1, 15),
  },
  ec2: {
    start: range(30, 90),
    resume: range(10, 60),
    pause: range(10, 60),
    hibernate: range(30, 120),
    remove: range(60, 180),
  },
};

const GROUP: Record<OperationKind, keyof Stated> = {
  create: "start",
  // The old instance is removed before the new one starts: see `statedDuration`.
  restart: "start",
  wake: "start",
  recover: "start",
  restore: "start",
  resume: "resume",
  pause: "pause",
  hibernate: "hibernate",
  delete: "remove",
  erase: "remove",
};

export function statedDuration(backend: BackendKind, kind: OperationKind): SecondsRange {
  const stated = STATED[backend];
  if (kind !== "restart") return stated[GROUP[kind]];
  const { start, hibernate } = stated;
  return range(start.fromSeconds + hibernate.fromSeconds, start.toSeconds + hibernate.toSeconds);
}

/** Fewer samples are too random. */
export const SAMPLES_MIN = 3;

/** The range from the 25th to the 90th percentile. Null for too few samples. */
export function measuredDuration(seconds: readonly number[]): SecondsRange | null {
  if (seconds.length < SAMPLES_MIN) return null;
  const sorted = seconds.toSorted((one, other) => one - other);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  return range(Math.max(1, Math.floor(at(0.25))), Math.max(1, Math.ceil(at(0.9))));
}

const LATE_SECONDS_MIN = 60;
const LATE_FACTOR = 2;

/** When a start counts as late, so that a person may want to intervene: twice as long as a slow one. */
export const lateAfterSeconds = ({ toSeconds }: SecondsRange): number =>
  Math.max(LATE_SECONDS_MIN, LATE_FACTOR * toSeconds);
