import type { Log } from "../log.ts";

/** For `/readyz` and the metrics. A loop is stuck when no run has succeeded within two periods. */
export interface LoopHealth {
  name: string;
  periodSeconds: number;
  lastSuccessAt: Date | null;
  lastError: string | null;
  stuck: boolean;
}

export interface Loop {
  health(): LoopHealth;
  /** Runs the loop now, or right after the current run. */
  wake(): void;
  stop(): Promise<void>;
}

export interface LoopOptions {
  name: string;
  periodSeconds: number;
  log: Log;
  run(signal: AbortSignal): Promise<void>;
}

const JITTER = 0.1;

/**
 * Runs all periodic work. Each run starts one period after the previous one ended, with jitter to spread the replicas.
 * A failed run is logged and never ends the loop.
 */
export function startLoop({ name, periodSeconds, log, run }: LoopOptions): Loop {
  const stopping = new AbortController();
  // Monotonic, because setting back the wall clock would hide a stuck loop.
  let turnedAtMs = performance.now();
  let lastSuccessAt: Date | null = null;
  let lastError: string | null = null;
  let wakeUp: () => void = () => {};
  let woken = false;

  const rest = () =>
    new Promise<void>((resolve) => {
      if (woken || stopping.signal.aborted) return resolve();
      const jitter = 1 + (Math.random() * 2 - 1) * JITTER;
      const timer = setTimeout(resolve, periodSeconds * 1000 * jitter);
      wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  async function repeat(): Promise<void> {
    while (!stopping.signal.aborted) {
      woken = false;
      try {
        await run(stopping.signal);
        lastSuccessAt = new Date();
        turnedAtMs = performance.now();
        lastError = null;
      } catch (error) {
        lastError = error instanceof Error ? error.message : String(error);
        if (!stopping.signal.aborted) log("error", { msg: "loop run failed", loop: name, error: lastError });
      }
      await rest();
    }
  }

  const ended = repeat();
  return {
    health() {
      const stuck = performance.now() - turnedAtMs > periodSeconds * 2 * (1 + JITTER) * 1000 + 5_000;
      return { name, periodSeconds, lastSuccessAt, lastError, stuck };
    },
    wake() {
      woken = true;
      wakeUp();
    },
    stop() {
      stopping.abort();
      wakeUp();
      return ended;
    },
  };
}
