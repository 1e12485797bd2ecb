import { execFileSync } from "node:child_process";
import {
  closeSync,
  ftruncateSync,
  lstatSync,
  openSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemCalls } from "./system-calls.ts";

const calls = systemCalls();
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-calls-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.runIf(process.platform === "linux")("system calls are available on Linux", () => {
  expect(calls).not.toBeNull();
});

describe.runIf(calls !== null)("system calls that Node lacks", () => {
  test("set, list, read and remove extended attributes of a byte path", () => {
    const path = Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.of(0xe9)]);
    writeFileSync(path, "");
    const value = Buffer.of(0, 1, 255);
    calls?.setAttribute(path, "user.k", value);
    calls?.setAttribute(path, "user.empty", Buffer.alloc(0));
    expect(calls?.listAttributes(path).toSorted()).toEqual(["user.empty", "user.k"]);
    expect(calls?.getAttribute(path, "user.k")).toEqual(value);
    expect(calls?.getAttribute(path, "user.empty")).toEqual(Buffer.alloc(0));
    calls?.removeAttribute(path, "user.k");
    expect(calls?.listAttributes(path)).toEqual(["user.empty"]);
  });

  test("set times to the nanosecond, also before 1970, and on a link instead of its target", () => {
    symlinkSync("nowhere", join(folder, "link"));
    calls?.setTimes(join(folder, "link"), { atimeNs: 1n, mtimeNs: -1_700_000_000_123_456_789n });
    expect(lstatSync(join(folder, "link"), { bigint: true }).mtimeNs).toBe(-1_700_000_000_123_456_789n);
  });

  test("create pipes, and find the data in a sparse file", () => {
    calls?.makePipe(join(folder, "pipe"), 0o640);
    expect(statSync(join(folder, "pipe")).isFIFO()).toBe(true);
    const fd = openSync(join(folder, "sparse"), "w+");
    ftruncateSync(fd, 64 << 20);
    writeSync(fd, "x", 32 << 20);
    const data = calls?.nextData(fd, 0) ?? 0;
    expect(data).toBeGreaterThan(1 << 20);
    expect(data).toBeLessThanOrEqual(32 << 20);
    expect(calls?.nextHole(fd, data)).toBeGreaterThan(32 << 20);
    expect(calls?.nextData(fd, 48 << 20)).toBeNull();
    closeSync(fd);
    expect(execFileSync("du", ["-k", join(folder, "sparse")]).toString()).toMatch(/^\d{1,3}\t/);
  });

  test("throw errors in the shape of Node's", () => {
    expect(() => calls?.getAttribute(join(folder, "absent"), "user.k")).toThrow(
      expect.objectContaining({ code: "ENOENT", syscall: "getxattr" }),
    );
  });
});
