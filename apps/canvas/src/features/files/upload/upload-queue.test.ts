import { DomainError, type ProblemCode } from "@berth/domain";
import { describe, expect, test, vi } from "vitest";
import type { Sending } from "./send.ts";
import { UploadQueue, type UploadQueueOptions } from "./upload-queue.ts";

const place = { workspaceId: "w", root: "/workspace" } as const;
const file = (name: string, text = "hello") => ({ relativePath: name, file: new File([text], name) });
const refusal = (code: ProblemCode) => ({ error: { data: { problem: new DomainError(code, "No.").problem } } });

function queueWith(send: UploadQueueOptions["send"]) {
  const arrived: string[] = [];
  const queue = new UploadQueue({
    place,
    send,
    drop: () => undefined,
    onArrived: (path) => arrived.push(path),
    retryDelay: () => 0,
  });
  const statuses = () => queue.uploads().map((upload) => upload.status);
  return { queue, arrived, statuses };
}

describe("the upload queue", () => {
  test("uploads three files in parallel and all in the end", async () => {
    const running: (() => void)[] = [];
    const { queue, arrived, statuses } = queueWith(() => new Promise((resolve) => running.push(resolve)));
    queue.add(
      "/in",
      ["a", "b", "c", "d"].map((name) => file(name)),
    );
    expect(statuses()).toEqual(["sending", "sending", "sending", "waiting"]);
    running[0]?.();
    await vi.waitFor(() => expect(statuses()).toEqual(["done", "sending", "sending", "sending"]));
    for (const finish of running) finish();
    await vi.waitFor(() => expect(arrived.toSorted()).toEqual(["/in/a", "/in/b", "/in/c", "/in/d"]));
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
    expect(statuses()).toEqual(["failed"]);
  });

  test("stops cancelled uploads", async () => {
    let seen: Sending | undefined;
    const { queue, statuses } = queueWith((sending) => {
      seen = sending;
      return new Promise((_, reject) => sending.signal.addEventListener("abort", () => reject(sending.signal.reason)));
    });
    queue.add("/", [file("a")]);
    queue.cancel(queue.uploads()[0]?.id ?? "");
    expect(seen?.signal.aborted).toBe(true);
    expect(statuses()).toEqual(["cancelled"]);
  });
});
