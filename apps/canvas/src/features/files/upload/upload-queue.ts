import { createStore, useStore } from "zustand";
import { isWorthRetrying, problemOf } from "#shared/api/problem.ts";
import { randomId } from "#shared/api/random-id.ts";
import type { Place } from "../file-url.ts";
import { PART_BYTES, type Picked, targetOf } from "./plan.ts";
import type { Sending } from "./send.ts";

export type UploadStatus = "waiting" | "sending" | "done" | "exists" | "failed" | "cancelled";

export interface Upload {
  id: string;
  path: string;
  size: number;
  sentBytes: number;
  status: UploadStatus;
  error: unknown;
}

interface Entry extends Upload {
  file: File;
  mayReplace: boolean;
  abort: AbortController | null;
  /** Consecutive retries; progress resets the count. */
  retries: number;
  brokenAtBytes: number;
  attempts: number;
}

const PARALLEL = 3;
/** In total, enough for a network outage of more than a minute. */
const AUTOMATIC_RETRIES = 8;
const RETRY_MILLISECONDS_MAX = 15_000;
const PUBLISH_MILLISECONDS = 100;

export interface UploadQueueOptions {
  place: Place;
  send: (sending: Sending) => Promise<void>;
  drop: (upload: Pick<Sending, "place" | "path" | "uploadId">) => void;
  retryDelay?: (retry: number) => number;
}

/** The uploads of one place: a few in parallel, each with its progress, retried when the connection breaks. */
export class UploadQueue {
  readonly #options: UploadQueueOptions;
  readonly #state = createStore<{ uploads: readonly Upload[] }>(() => ({ uploads: [] }));
  #entries: readonly Entry[] = [];
  #sending = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: UploadQueueOptions) {
    this.#options = options;
  }

  uploads(): readonly Upload[] {
    return this.#state.getState().uploads;
  }

  /** The uploads, for a component that renders them. */
  useUploads(): readonly Upload[] {
    return useStore(this.#state, ({ uploads }) => uploads);
  }

  /** Calls the listener when files have arrived, because their folders have changed. */
  onArrival(listener: () => void): () => void {
    return this.#state.subscribe(({ uploads }, before) => {
      const done = new Set(before.uploads.filter(isDone).map(({ id }) => id));
      if (uploads.some((upload) => isDone(upload) && !done.has(upload.id))) listener();
    });
  }

  /** Whether leaving the page now would abort an upload. */
  isRunning(): boolean {
    return this.#entries.some(({ status }) => status === "sending" || status === "waiting");
  }

  add(folder: string, picked: readonly Picked[]): void {
    const added = picked.map(
      ({ relativePath, file }): Entry => ({
        id: randomId(),
        path: targetOf(folder, relativePath),
        size: file.size,
        sentBytes: 0,
        status: "waiting",
        error: null,
        file,
        mayReplace: false,
        abort: null,
        retries: 0,
        brokenAtBytes: 0,
        attempts: 0,
      }),
    );
    this.#entries = [...this.#entries, ...added];
    this.#publish();
    this.#pump();
  }

  cancel(id: string): void {
    const entry = this.#find(id);
    if (!entry) return;
    entry.abort?.abort(new DOMException("Cancelled", "AbortError"));
    this.#update(entry, { status: "cancelled" });
    this.#options.drop({ place: this.#options.place, path: entry.path, uploadId: entry.id });
    this.#pump();
  }

  cancelAll(): void {
    for (const entry of [...this.#entries]) if (isOpen(entry)) this.cancel(entry.id);
  }

  /** Resumes failed uploads. For a file that already exists, this is the permission to replace it. */
  retry(id: string): void {
    const entry = this.#find(id);
    if (!entry) return;
    const mayReplace = entry.mayReplace || entry.status === "exists";
    this.#update(entry, { status: "waiting", error: null, mayReplace, retries: 0 });
    this.#pump();
  }

  replaceAll(): void {
    for (const entry of [...this.#entries]) if (entry.status === "exists") this.retry(entry.id);
  }

  /** Cancels the remaining uploads and empties the list. */
  close(): void {
    this.cancelAll();
    this.clear();
  }

  /** Removes finished uploads from the list. */
  clear(): void {
    this.#entries = this.#entries.filter(isOpen);
    this.#publish();
  }

  #find = (id: string): Entry | undefined => this.#entries.find((entry) => entry.id === id);

  #pump(): void {
    for (const entry of this.#entries) {
      if (this.#sending >= PARALLEL) return;
      if (entry.status === "waiting") void this.#run(entry);
    }
  }

  async #run(entry: Entry): Promise<void> {
    const abort = new AbortController();
    this.#sending++;
    this.#update(entry, { status: "sending", abort });
    try {
      await this.#options.send({
        place: this.#options.place,
        path: entry.path,
        file: entry.file,
        uploadId: entry.id,
        isResumed: entry.attempts++ > 0,
        mayReplace: entry.mayReplace,
        signal: abort.signal,
        onProgress: (sentBytes) => this.#update(entry, { sentBytes: Math.min(sentBytes, entry.size) }),
      });
      this.#update(entry, { status: "done", sentBytes: entry.size });
    } catch (error) {
      if (!abort.signal.aborted) this.#failed(entry, error);
    } finally {
      this.#sending--;
    }
    this.#pump();
  }

  #failed(entry: Entry, error: unknown): void {
    if (!entry.mayReplace && isAlreadyThere(error)) this.#update(entry, { status: "exists", error });
    else if (isWorthRetrying(error) && mayBeRetried(entry)) this.#retryLater(entry);
    else this.#update(entry, { status: "failed", error });
  }

  #retryLater(entry: Entry): void {
    const cameFurther = hasComeFurther(entry);
    const retries = cameFurther ? 1 : entry.retries + 1;
    const delay = (this.#options.retryDelay ?? ownRetryDelay)(retries);
    this.#update(entry, { retries, ...(cameFurther ? { brokenAtBytes: entry.sentBytes } : {}) });
    setTimeout(() => {
      if (entry.status !== "sending") return;
      this.#update(entry, { status: "waiting" });
      this.#pump();
    }, delay);
  }

  #update(entry: Entry, change: Partial<Entry>): void {
    Object.assign(entry, change);
    this.#publish();
  }

  /** Thousands of files report progress thousands of times; the store takes it ten times a second. */
  #publish(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#state.setState({ uploads: this.#entries.map(shown) });
    }, PUBLISH_MILLISECONDS);
  }
}

const shown = ({ id, path, size, sentBytes, status, error }: Entry): Upload => ({
  id,
  path,
  size,
  sentBytes,
  status,
  error,
});

const isDone = ({ status }: Upload): boolean => status === "done";

const ownRetryDelay = (retry: number): number => Math.min(500 * 2 ** retry, RETRY_MILLISECONDS_MAX);

/** Requires a whole part of progress: bytes of an interrupted part do not count. */
const hasComeFurther = ({ sentBytes, brokenAtBytes }: Entry): boolean => sentBytes >= brokenAtBytes + 2 * PART_BYTES;
const mayBeRetried = (entry: Entry): boolean => hasComeFurther(entry) || entry.retries < AUTOMATIC_RETRIES;

const isOpen = ({ status }: Pick<Upload, "status">): boolean => status !== "done" && status !== "cancelled";

/** True when the server refuses to overwrite an existing file. */
const isAlreadyThere = (error: unknown): boolean =>
  ["etag_mismatch", "already_exists", "precondition_failed"].includes(problemOf(error)?.code ?? "");
