import type { DaemonSession } from "@berth/backends/tunnel";
import { type DaemonStatus, METRICS } from "@berth/domain";

export interface Sample {
  atMs: number;
  cpuPercent: number | null;
  memoryBytes: number | null;
  diskUsedBytes: number | null;
}

export interface Average extends Omit<Sample, "atMs"> {
  workspaceId: string;
  at: Date;
}

export type SampleSource = Pick<DaemonSession, "workspaceId" | "incarnationId">;

const KEPT_MS = METRICS.samplesKeptSeconds * 1000;
const AVERAGE_MS = METRICS.averageSeconds * 1000;

/** The statuses and metrics of the daemons connected to this process. Each daemon is polled once per period. */
export class Samples {
  readonly #byWorkspace = new Map<string, Sample[]>();
  /** Times are monotonic, because setting back the wall clock would make an old status look recent. */
  readonly #status = new Map<string, { takenMs: number; status: DaemonStatus }>();
  readonly #now: () => number;
  readonly #monotonic: () => number;
  #averagedUntilMs: number;

  constructor(now: () => number = Date.now, monotonic: () => number = () => performance.now()) {
    this.#now = now;
    this.#monotonic = monotonic;
    this.#averagedUntilMs = startOfAverage(now());
  }

  /** Uses the ids that the tunnel has authenticated, not those that the daemon reports. */
  add({ workspaceId, incarnationId }: SampleSource, status: DaemonStatus): void {
    const atMs = this.#now();
    const { cpuPercent, memoryBytes, diskUsedBytes } = status.metrics;
    this.#status.set(incarnationId, { takenMs: this.#monotonic(), status });
    const samples = this.#byWorkspace.get(workspaceId) ?? [];
    samples.push({ atMs, cpuPercent, memoryBytes, diskUsedBytes });
    this.#byWorkspace.set(workspaceId, samples);
  }

  /** The last status of an incarnation's daemon. Null when there is none or it is older than `ageMsMax`. */
  status(incarnationId: string, ageMsMax: number): DaemonStatus | null {
    const found = this.#status.get(incarnationId);
    return found && this.#monotonic() - found.takenMs <= ageMsMax ? found.status : null;
  }

  /** Oldest first. */
  of(workspaceId: string): readonly Sample[] {
    return this.#byWorkspace.get(workspaceId) ?? [];
  }

  get workspaceIds(): string[] {
    return [...this.#byWorkspace.keys()];
  }

  /** Drops old samples and the statuses of daemons that are no longer connected. */
  dropStale(connected: ReadonlySet<string>): void {
    const oldestMs = this.#now() - KEPT_MS;
    for (const [workspaceId, samples] of this.#byWorkspace) {
      const old = samples.findIndex(({ atMs }) => atMs > oldestMs);
      if (old === -1) this.#byWorkspace.delete(workspaceId);
      else samples.splice(0, old);
    }
    for (const incarnationId of this.#status.keys()) {
      if (!connected.has(incarnationId)) this.#status.delete(incarnationId);
    }
  }

  /** The averages of all complete five-minute intervals since the last call. */
  takeAverages(): Average[] {
    const untilMs = startOfAverage(this.#now());
    // If the clock was set back, continue from its current time.
    this.#averagedUntilMs = Math.min(this.#averagedUntilMs, untilMs);
    const averages: Average[] = [];
    for (let fromMs = this.#averagedUntilMs; fromMs < untilMs; fromMs += AVERAGE_MS) {
      for (const [workspaceId, samples] of this.#byWorkspace) {
        const within = samples.filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + AVERAGE_MS);
        if (within.length > 0) averages.push({ workspaceId, at: new Date(fromMs), ...averageOf(within) });
      }
    }
    this.#averagedUntilMs = untilMs;
    return averages;
  }
}

const startOfAverage = (atMs: number): number => Math.floor(atMs / AVERAGE_MS) * AVERAGE_MS;

const averageOf = (samples: readonly Sample[]): Omit<Sample, "atMs"> => ({
  cpuPercent: mean(samples.map(({ cpuPercent }) => cpuPercent)),
  memoryBytes: rounded(mean(samples.map(({ memoryBytes }) => memoryBytes))),
  diskUsedBytes: rounded(mean(samples.map(({ diskUsedBytes }) => diskUsedBytes))),
});

/** Ignores unknown values. */
function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

const rounded = (value: number | null): number | null => (value === null ? null : Math.round(value));
