import { DomainError, type ProblemCode } from "@berth/domain";
import { describe, expect, test, vi } from "vitest";
import type { Sending } from "./send.ts";
import { UploadQueue, type UploadQueueOptions } from "./upload-queue.ts";

const place = { workspaceId: "w", root: "/workspace" } as const;
const file = (name: string, text = "hello") => ({ relativePath: name, file: new File([text], name) });
const refusal = (code: ProblemCode) => ({ error: { data: { problem: new DomainError(code, "No.").problem } } });

function queueWith(send: UploadQueueOptions["send"]) {
  const queue = new UploadQueue({
    place,
    send,
    drop: () => undefined,
    retryDelay: () => 0,
  });
  const statuses = () => queue.uploads().map((upload) => upload.status);
  return { queue, statuses };
}

describe("the upload queue", () => {
  test("uploads three files in parallel and all in the end", async () => {
    const running: (() => void)[] = [];
    const { queue, statuses } = queueWith(() => new Promise((resolve) => running.push(resolve)));
    const onArrival = vi.fn();
    queue.onArrival(onArrival);
    queue.add(
      "/in",
      ["a", "b", "c", "d"].map((name) => file(name)),
    );
    await vi.waitFor(() => expect(statuses()).toEqual(["sending", "sending", "sending", "waiting"]));
    expect(onArrival).not.toHaveBeenCalled();
    expect(queue.isRunning()).toBe(true);
    running[0]?.();
    await vi.waitFor(() => expect(statuses()).toEqual(["done", "sending", "sending", "sending"]));
    expect(onArrival).toHaveBeenCalledOnce();
    for (const finish of running) finish();
    await vi.waitFor(() => expect(statuses()).toEqual(["done", "done", "done", "done"]));
    expect(onArrival).toHaveBeenCalledTimes(2);
    expect(queue.isRunning()).toBe(false);
  });

  test("retries after a broken connection, with the same upload id", async () => {
    const ids: string[] = [];
    const { queue, statuses } = queueWith(async ({ uploadId }) => {
      ids.push(uploadId);
      if (ids.length < 3) throw new TypeError("Connection lost.");
    });
    queue.add("/", [file("big")]);
    await vi.waitFor(() => expect(statuses()).toEqual(["done"]));
    expect(new Set(ids).size).toBe(1);
  });

  test("gives up an upload without progress, but never one with progress", async () => {
    const { queue, statuses } = queueWith(async () => {
      throw new TypeError("Connection lost.");
    });
    queue.add("/", [file("stuck")]);
    await vi.waitFor(() => expect(statuses()).toEqual(["failed"]));

    const size = 1024 ** 3;
    let sent = 0;
    const far = queueWith(async ({ onProgress }) => {
      sent += size / 20;
      onProgress(sent);
      if (sent < size) throw new TypeError("Connection lost.");
    });
    const large = file("large");
    Object.defineProperty(large.file, "size", { value: size });
    far.queue.add("/", [large]);
    await vi.waitFor(() => expect(far.statuses()).toEqual(["done"]));
  });

  test("asks before it replaces a file, and replaces it when confirmed", async () => {
    const asked: boolean[] = [];
    const { queue, statuses } = queueWith(async ({ mayReplace }) => {
      asked.push(mayReplace);
      if (!mayReplace) throw refusal("etag_mismatch");
    });
    queue.add("/", [file("there")]);
    await vi.waitFor(() => expect(statuses()).toEqual(["exists"]));
    queue.replaceAll();
    await vi.waitFor(() => expect(statuses()).toEqual(["done"]));
    expect(asked).toEqual([false, true]);
  });

  test("shows permanent failures, and continues with the rest", async () => {
    const { queue, statuses } = queueWith(async ({ path }) => {
      if (path === "/bad") throw refusal("limit_exceeded");
    });
    queue.add("/", [file("bad"), file("good")]);
    await vi.waitFor(() => expect(statuses()).toEqual(["failed", "done"]));
    queue.clear();
    await vi.waitFor(() => expect(statuses()).toEqual(["failed"]));
  });

  test("stops cancelled uploads", async () => {
    let seen: Sending | undefined;
    const { queue, statuses } = queueWith((sending) => {
      seen = sending;
      return new Promise((_, reject) => sending.signal.addEventListener("abort", () => reject(sending.signal.reason)));
    });
    queue.add("/", [file("a")]);
    queue.cancel(seen?.uploadId ?? "");
    expect(seen?.signal.aborted).toBe(true);
    await vi.waitFor(() => expect(statuses()).toEqual(["cancelled"]));
  });
});
