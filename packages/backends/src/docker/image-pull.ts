import { DomainError, quoteUntrustedText } from "@berth/domain";
import type Docker from "dockerode";
import { engineMessage, engineStatus } from "./engine.ts";

type Listener = (message: string) => void;

interface PullEvent {
  id?: string;
  status?: string;
  progressDetail?: { current?: number; total?: number };
}

/** Pulls images, each at most once at a time. Every waiting caller receives the progress. */
export class ImagePuller {
  readonly #docker: Docker;
  readonly #running = new Map<string, { done: Promise<void>; listeners: Set<Listener> }>();

  /** @param docker a client without a timeout: unpacking a large layer can take minutes */
  constructor(docker: Docker) {
    this.#docker = docker;
  }

  /** Aborting the signal ends only this wait. The pull continues for other callers and for the next attempt. */
  async pull(image: string, options: { signal: AbortSignal; onProgress: Listener }): Promise<void> {
    const running = this.#running.get(image) ?? this.#begin(image);
    running.listeners.add(options.onProgress);
    try {
      await untilAborted(running.done, options.signal);
    } finally {
      running.listeners.delete(options.onProgress);
    }
  }

  #begin(image: string) {
    const listeners = new Set<Listener>();
    const report = (message: string) => {
      for (const listener of listeners) listener(message);
    };
    const done = this.#pull(image, report).finally(() => this.#running.delete(image));
    // All callers may have cancelled by the time it fails.
    done.catch(() => {});
    const running = { done, listeners };
    this.#running.set(image, running);
    return running;
  }

  async #pull(image: string, report: Listener): Promise<void> {
    try {
      const stream = await this.#docker.pull(withTag(image));
      const progress = new PullProgress(image);
      await new Promise<void>((resolve, reject) => {
        const finished = (error: Error | null) => (error ? reject(error) : resolve());
        this.#docker.modem.followProgress(stream, finished, (event: PullEvent) => {
          const message = progress.after(event);
          if (message !== null) report(message);
        });
      });
    } catch (error) {
      throw pullProblem(image, error);
    }
  }
}

/** Without a tag the engine would pull every tag of the repository. */
export const withTag = (image: string): string =>
  image.includes("@") || /:[^/]+$/.test(image) ? image : `${image}:latest`;

/** No response from the engine is an outage. A rejection by the engine or the registry is final. */
function pullProblem(image: string, error: unknown): unknown {
  const responded = engineStatus(error) !== undefined || !(error as NodeJS.ErrnoException).code;
  if (!responded) return error;
  const message =
    `The image ${image} is not on the Docker engine and could not be pulled. The engine or the registry responded: ${quoteUntrustedText(engineMessage(error))}. ` +
    `Pull or build it there (docker pull ${image}), or choose another image in the workspace's settings or in BERTH_DOCKER_IMAGE.`;
  return new DomainError("invalid_input", message, { cause: error, details: { image } });
}

/** Adds up the layers, and returns a message when the percentage has increased. */
export class PullProgress {
  readonly #image: string;
  readonly #layers = new Map<string, { current: number; total: number }>();
  #reported = -1;

  constructor(image: string) {
    this.#image = image;
  }

  after({ id, status, progressDetail }: PullEvent): string | null {
    const { current, total } = progressDetail ?? {};
    if (status === "Downloading" && id && current !== undefined && total) this.#layers.set(id, { current, total });
    const known = this.#layers.get(id ?? "");
    if (known && (status === "Download complete" || status === "Pull complete")) known.current = known.total;
    const layers = [...this.#layers.values()];
    const sum = (of: "current" | "total") => layers.reduce((all, layer) => all + layer[of], 0);
    const percent = layers.length === 0 ? 0 : Math.floor((100 * sum("current")) / sum("total"));
    if (percent <= this.#reported) return null;
    this.#reported = percent;
    return `Pulling ${this.#image}: ${percent} %`;
  }
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
