import type { BackendKind } from "./backends.ts";
import type { OperationKind } from "./operations.ts";

export interface SecondsRange {
  fromSeconds: number;
  toSeconds: number;
}

/** How long an operation takes, and how that is known: from this workspace, from its backend here, or by rule of thumb. */
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

/** Where nothing has been measured yet. An image that must be pulled first takes longer; docs/ec2.md has EC2's. */
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
  // The old machine goes before the new one comes: see `statedDuration`.
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

/** Fewer runs may be chance. */
export const SAMPLES_MIN = 3;

/** From a quick run to a slow one: the first quarter and the ninth tenth of those measured. Null when they are too few. */
export function measuredDuration(seconds: readonly number[]): SecondsRange | null {
  if (seconds.length < SAMPLES_MIN) return null;
  const sorted = seconds.toSorted((one, other) => one - other);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  return range(Math.max(1, Math.floor(at(0.25))), Math.max(1, Math.ceil(at(0.9))));
}

const LATE_SECONDS_MIN = 60;
const LATE_FACTOR = 2;

/** When a start has taken so long that a person may want to step in: twice as long as a slow one. */
export const lateAfterSeconds = ({ toSeconds }: SecondsRange): number =>
  Math.max(LATE_SECONDS_MIN, LATE_FACTOR * toSeconds);
