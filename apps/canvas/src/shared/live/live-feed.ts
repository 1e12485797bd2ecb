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
 * The one event stream of the app. It starts behind the snapshot, and after any gap it goes on from the last event
 * seen, so the server replays what was missed. It never gives up: only a signed-out session ends it.
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
    // Ending a stream completes it: what an earlier one says is about nothing any more.
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
        // The server ends streams when it stops; a stream that ended is a stream to reopen.
        onComplete: ifCurrent(() => this.#failed(null)),
      },
    );
  }

  /** Tries again without waiting: something says that it is worth it now. */
  hurry(): void {
    if (!this.#isConnected) this.renew();
  }

  /** Begins a new stream behind the last event seen: the one there is may be dead without knowing it. */
  renew(): void {
    clearTimeout(this.#timer);
    this.#failures = 0;
    const old = this.#subscription;
    this.start();
    old?.unsubscribe();
  }

  stop(): void {
    this.#isStopped = true;
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
