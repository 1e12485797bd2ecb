import { describe, expect, test } from "vitest";
import { newSpec } from "../testing/contract-harness.ts";
import { unframe } from "./container-log.ts";
import { containerOptions, type LaunchContext } from "./container-spec.ts";
import { cannotRun } from "./container-state.ts";
import { engineProblem } from "./engine.ts";
import { PullProgress, withTag } from "./image-pull.ts";
import { bridgeName, containerName, dataVolumeNames } from "./names.ts";
import { removalProblem } from "./volumes.ts";

const ID = "0123abcd-0000-4000-8000-00000000beef";

describe("names in the engine", () => {
  test("derive from the id alone, and the bridge name fits the kernel's limit", () => {
    expect(containerName(ID)).toBe(`berth-${ID}`);
    expect(dataVolumeNames(ID)).toEqual({ workspace: `berth-${ID}-workspace`, configs: `berth-${ID}-configs` });
    expect(bridgeName(ID)).toHaveLength(15);
  });

  test.each(["", "x", "../..", `${ID}-workspace`, ID.toUpperCase()])("refuse the id %j", (id) => {
    expect(() => containerName(id)).toThrow("must be a UUID");
    expect(() => dataVolumeNames(id)).toThrow("must be a UUID");
  });
});

describe("the container of an incarnation", () => {
  const context: LaunchContext = {
    installationId: ID,
    imageName: "some:image",
    image: { id: "sha256:1", user: { uid: 0, gid: 0, home: "/root", homeExists: true }, declaredVolumes: [] },
    network: "berth-network",
    runtimeVolume: "berth-runtime-1",
    engineCpus: 2,
    tunnel: { socketPath: "/data/tunnel/berth.sock", url: "wss://berth.example/tunnel" },
    localEngine: true,
  };
  const bootOf = (environment: string[] | undefined) =>
    JSON.parse(environment?.find((line) => line.startsWith("BERTH_BOOT="))?.slice(11) ?? "");

  test("on a remote engine connects to the public URL, has no bind mounts, and browses over the network", () => {
    const { Env, HostConfig } = containerOptions(newSpec({ purpose: "browse" }), { ...context, localEngine: false });
    expect(bootOf(Env).tunnelUrl).toBe("wss://berth.example/tunnel");
    expect(HostConfig?.Mounts?.filter(({ Type }) => Type === "bind")).toEqual([]);
    expect(HostConfig?.NetworkMode).toBe("berth-network");
  });

  test("on a local engine connects to the mounted socket", () => {
    const { Env, HostConfig } = containerOptions(newSpec(), context);
    expect(bootOf(Env).tunnelUrl).toBe("ws+unix:/run/berth/berth.sock:/tunnel");
    expect(HostConfig?.Mounts).toContainEqual({
      Type: "bind",
      Source: "/data/tunnel",
      Target: "/run/berth",
      ReadOnly: true,
    });
  });

  test("mounts each path once, prefers data volumes to declared ones, and has no anonymous volumes", () => {
    const declaredVolumes = ["/configs", "/data", "/root", "/workspace"];
    const spec = newSpec({ volumeId: ID, limits: { ...newSpec().limits, readOnlyRoot: true } });
    const { HostConfig } = containerOptions(spec, { ...context, image: { ...context.image, declaredVolumes } });
    const mounts = HostConfig?.Mounts ?? [];
    expect(new Set(mounts.map(({ Target }) => Target)).size).toBe(mounts.length);
    expect(mounts.find(({ Target }) => Target === "/workspace")?.Source).toBe(`berth-${ID}-workspace`);
    expect(mounts.find(({ Target }) => Target === "/data")?.Source).toBe(`berth-${spec.incarnationId}-disk-image-1`);
    expect(mounts.every(({ Source }) => Source !== "")).toBe(true);
  });
});

test("the engine's log frames are joined in order across both streams", () => {
  const frame = (stream: number, text: string) => {
    const header = Buffer.alloc(8);
    header[0] = stream;
    header.writeUInt32BE(Buffer.byteLength(text), 4);
    return Buffer.concat([header, Buffer.from(text)]);
  };
  const bytes = Buffer.concat([frame(1, "out "), frame(2, "\u001b[31merr\u001b[0m "), frame(1, "ünd"), frame(1, "")]);
  expect(unframe(bytes).toString()).toBe("out \u001b[31merr\u001b[0m ünd");
  expect(unframe(Buffer.alloc(0))).toHaveLength(0);
});

describe("an image pull", () => {
  test("sums up its layers and reports each new percentage", () => {
    const progress = new PullProgress("node:24");
    const shown = [
      { status: "Pulling from library/node", id: "24" },
      { status: "Downloading", id: "a", progressDetail: { current: 10, total: 100 } },
      { status: "Downloading", id: "b", progressDetail: { current: 0, total: 100 } },
      { status: "Downloading", id: "a", progressDetail: { current: 100, total: 100 } },
      { status: "Extracting", id: "a", progressDetail: { current: 1, total: 100 } },
      { status: "Download complete", id: "b" },
    ].map((event) => progress.after(event));
    expect(shown).toEqual(
      [0, 10, null, 50, null, 100].map((percent) => (percent !== null ? `Pulling node:24: ${percent} %` : null)),
    );
  });

  test.each([
    ["node", "node:latest"],
    ["node:24", "node:24"],
    ["registry:5000/node", "registry:5000/node:latest"],
    ["registry:5000/node:24", "registry:5000/node:24"],
    ["node@sha256:00", "node@sha256:00"],
  ])("of %s requests %s", (image, asked) => {
    expect(withTag(image)).toBe(asked);
  });
});

test.each([
  {
    log: "/opt/berth/node: error while loading shared libraries: libstdc++.so.6: cannot open",
    reason: "lacks libstdc++.so.6",
  },
  {
    log: "/opt/berth/node: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.28' not found (required by /opt/berth/node)",
    reason: "is too old",
  },
  { log: "[FATAL tini (7)] exec /opt/berth/node failed: No such file or directory", reason: "has no glibc" },
])('the log "$log" is explained', ({ log, reason }) => {
  expect(cannotRun("some:image", log)).toContain(`The image some:image ${reason}`);
});

test("an unknown log is not explained", () => {
  expect(cannotRun("some:image", "segmentation fault")).toBeNull();
});

test.each([
  {
    error: Object.assign(new Error("connect ENOENT /x.sock"), { code: "ENOENT" }),
    code: "backend_unavailable",
    retryable: true,
  },
  {
    error: Object.assign(new Error("(HTTP code 500) server error - busy"), { statusCode: 500 }),
    code: "backend_unavailable",
    retryable: true,
  },
  {
    error: Object.assign(new Error("(HTTP code 400) bad parameter - no"), { statusCode: 400 }),
    code: "invalid_input",
    retryable: false,
  },
])("$error.message is $code", ({ error, code, retryable }) => {
  expect(engineProblem(error).problem).toMatchObject({ code, retryable });
});

test("an entry that the engine cannot remove is named with a remedy", () => {
  const message = "remove berth-x-workspace: unlinkat /var/lib/docker/volumes/x/_data/frozen: operation not permitted";
  const problem = removalProblem(Object.assign(new Error("(HTTP code 500)"), { statusCode: 500, json: { message } }));
  expect(problem).toMatchObject({ problem: { code: "backend_unavailable", retryable: true } });
  expect(String(problem)).toContain("_data/frozen: operation not permitted. On the engine's machine, as root");
  const away = new Error("socket hang up");
  expect(removalProblem(away)).toBe(away);
});
