import type { BerthEvent } from "@berth/domain";
import type { ApiClient } from "../api/client.ts";
import { isSignedOut } from "../api/problem.ts";

export type FeedState = "connecting" | "connected" | "lost" | "signed_out";

interface FeedHandlers {
  onEvent(event: BerthEvent): void;
  onState(state: FeedState): void;
}

const RESTART_MILLISECONDS_MAX = 10_000;

/**
 * The app's only event stream. It starts after the snapshot, and resumes after any gap from the last seen event, so the
 * server replays missed ones. It retries forever; only a signed-out session ends it.
 */
export class LiveFeed {
  readonly #client: ApiClient;
  readonly #handlers: FeedHandlers;
  #after: number;
  #failures = 0;
  #subscription: { unsubscribe(): void } | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isStopped = false;
  #isConnected = false;
  #run = 0;

  constructor(client: ApiClient, after: number, handlers: FeedHandlers) {
    this.#client = client;
    this.#after = after;
    this.#handlers = handlers;
  }

  start(): void {
    if (this.#isStopped) return;
    // Ending a stream completes it, so callbacks of an earlier stream are ignored.
    const run = ++this.#run;
    const ifCurrent =
      <T extends unknown[]>(handle: (...args: T) => void) =>
      (...args: T) => {
        if (run === this.#run) handle(...args);
      };
    this.#subscription = this.#client.events.subscribe.subscribe(
      { after: this.#after },
      {
        onStarted: ifCurrent(() => this.#connected()),
        onData: ifCurrent(({ data: event }) => {
          this.#after = Math.max(this.#after, event.sequence);
          this.#handlers.onEvent(event);
        }),
        onConnectionStateChange: ifCurrent(({ state, error }) => {
          if (state === "connecting" && error) this.#lost();
          if (state === "pending") this.#connected();
        }),
        onError: ifCurrent((error) => this.#failed(error)),
        // The server ends streams when it stops, so an ended stream is reopened.
        onComplete: ifCurrent(() => this.#failed(null)),
      },
    );
  }

  /** Retries at once. Call it when a retry is likely to succeed. */
  retryNow(): void {
    if (!this.#isConnected) this.renew();
  }

  /** Starts a new stream after the last seen event, because the current one may be dead unnoticed. */
  renew(): void {
    clearTimeout(this.#timer);
    this.#failures = 0;
    const old = this.#subscription;
    this.start();
    old?.unsubscribe();
  }

  stop(): void {
    this.#isStopped = true;
    this.#run += 1;
    clearTimeout(this.#timer);
    this.#subscription?.unsubscribe();
  }

  #connected(): void {
    this.#failures = 0;
    this.#isConnected = true;
    this.#handlers.onState("connected");
  }

  #lost(): void {
    this.#isConnected = false;
    this.#handlers.onState("lost");
  }

  #failed(error: unknown): void {
    if (this.#isStopped) return;
    if (isSignedOut(error)) {
      this.#handlers.onState("signed_out");
      return;
    }
    this.#lost();
    this.#failures++;
    const wait = Math.min(500 * 2 ** this.#failures, RESTART_MILLISECONDS_MAX) * (0.75 + Math.random() / 2);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.start(), wait);
  }
}
