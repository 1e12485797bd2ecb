import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { chmod, lstat, mkdir, readdir, readFile, readlink, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Sentinels } from "@berth/backends/testing";
import { describe, expect, test } from "vitest";
import { statFile } from "../files/files.ts";
import {
  breakCalls,
  fakeManifests,
  type MemoryHarness,
  newWorkspace,
  openHarness,
  problem,
  scratchFolder,
  until,
} from "../testing/index.ts";
import { createWorkspace } from "../workspaces/create.ts";
import { getVolume, listVolumes } from "./volumes.ts";

/** Every entry below a folder with its mode and content, read without daemon and backend. */
async function treeOf(folder: string): Promise<Record<string, string>> {
  const tree: Record<string, string> = {};
  for (const name of await readdir(folder, { recursive: true })) {
    const at = join(folder, name);
    const found = await lstat(at);
    const mode = (found.mode & 0o7777).toString(8);
    if (found.isSymbolicLink()) tree[name] = `link to ${await readlink(at)}`;
    else if (found.isDirectory()) tree[name] = `folder ${mode}`;
    else
      tree[name] = `file ${mode} ${createHash("sha256")
        .update(await readFile(at))
        .digest("hex")}`;
  }
  // The daemon keeps partial uploads in this folder.
  return Object.fromEntries(Object.entries(tree).filter(([name]) => !name.startsWith(".berth")));
}

async function plantTree(folder: string): Promise<void> {
  const write = async (name: string, content: string | Buffer, mode: number) => {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
    await chmod(join(folder, name), mode);
  };
  await write("deep/deeper/file.txt", "deep", 0o640);
  await write("run.sh", "#!/bin/sh\n", 0o755);
  await write("read only.bin", randomBytes(300_000), 0o444);
  await write("zero", "", 0o600);
  await write(".cache/n\u00e4me with 'quotes' \u{1f600}", "hidden", 0o644);
  await write(".git/objects/ab/cdef", randomBytes(1000), 0o444);
  await mkdir(join(folder, "empty/below"), { recursive: true });
  await chmod(join(folder, "empty"), 0o750);
  await symlink("deep/deeper/file.txt", join(folder, "link"));
  await symlink("../nowhere", join(folder, "dangling"));
  await symlink("/etc/passwd", join(folder, "outside"));
}

/** The folder of a workspace's files: on its volume, or in its instance when it has no volume. */
async function dataFolder(
  harness: MemoryHarness,
  workspace: { id: string },
  root: "workspace" | "configs",
): Promise<string> {
  const { volume } = await harness.current(workspace);
  if (volume) return join(scratchFolder("volumes", volume.id), root);
  return join(scratchFolder("instances", await harness.incarnationOf(workspace)), root);
}

describe("a change from ephemeral to persist", () => {
  test("copies files, modes, links and empty folders, and keeps them across restarts", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online({ compute: { dataPersistence: "ephemeral" } });
    const files = await harness.filesOf(workspace);
    await plantTree(await dataFolder(harness, workspace, "workspace"));
    const sentinels = await Sentinels.plant(files, "/workspace");
    const trees = async () => ({
      workspace: await treeOf(await dataFolder(harness, workspace, "workspace")),
      configs: await treeOf(await dataFolder(harness, workspace, "configs")),
    });
    const tree = await trees();
    expect(Object.keys(tree.workspace).length).toBeGreaterThan(20);
    expect((await harness.configure(workspace, "persist")).restartRequired).toBe(true);
    for (let restart = 0; restart < 2; restart += 1) {
      const restarted = await harness.after("restart", workspace);
      expect(restarted).toMatchObject({ dataState: "intact", volume: { state: "attached" }, restartRequired: false });
      expect(await trees()).toEqual(tree);
      const now = await harness.filesOf(workspace);
      expect(await sentinels.found(now)).toEqual(sentinels.planted);
      expect(await harness.backend.instances.list()).toHaveLength(1);
    }
    expect(await harness.backend.volumes.list()).toHaveLength(1);
  });

  test("loses nothing when the workspace is paused and resumed before the swap", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online({ compute: { dataPersistence: "ephemeral" } });
    const sentinels = await Sentinels.plant(await harness.filesOf(workspace), "/workspace");
    await harness.configure(workspace, "persist");
    await harness.after("pause", workspace);
    await harness.after("resume", workspace);
    const late = await Sentinels.plant(await harness.filesOf(workspace), "/configs");
    expect(await sentinels.found(await harness.filesOf(workspace))).toEqual(sentinels.planted);
    await harness.after("restart", workspace);
    const now = await harness.filesOf(workspace);
    expect(await sentinels.found(now)).toEqual(sentinels.planted);
    expect(await late.found(now)).toEqual(late.planted);
  });

  test("copies from an instance that was lost in the meantime", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online({ compute: { dataPersistence: "ephemeral" } });
    const sentinels = await Sentinels.plant(await harness.filesOf(workspace), "/workspace");
    await harness.configure(workspace, "persist");
    const before = await harness.incarnationOf(workspace);
    await harness.backend.faults.kill(before);
    await expect.poll(() => harness.incarnationOf(workspace), { timeout: 10_000 }).not.toBe(before);
    await harness.isStatus(workspace, "online");
    expect(await sentinels.found(await harness.filesOf(workspace))).toEqual(sentinels.planted);
  });

  test.each(["quiesce", "read the old files", "write the new files"])(
    "copies everything although the first attempts to %s fail half-way",
    async (what) => {
      await using harness = await openHarness();
      const workspace = await harness.online({ compute: { dataPersistence: "ephemeral" } });
      const files = await harness.filesOf(workspace);
      await plantTree(await dataFolder(harness, workspace, "workspace"));
      const sentinels = await Sentinels.plant(files, "/workspace");
      const tree = await treeOf(await dataFolder(harness, workspace, "workspace"));
      await harness.configure(workspace, "persist");
      const breaks = breakCalls(harness, what, 2);
      const restarted = await harness.after("restart", workspace);
      expect(breaks.count).toBe(2);
      expect(restarted).toMatchObject({ status: "online" });
      const now = await harness.filesOf(workspace);
      expect(await treeOf(await dataFolder(harness, workspace, "workspace"))).toEqual(tree);
      expect(await sentinels.found(now)).toEqual(sentinels.planted);
    },
  );

  test("copies everything although the instance that mounts the new volume is lost during the copy", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online({ compute: { dataPersistence: "ephemeral" } });
    const sentinels = await Sentinels.plant(await harness.filesOf(workspace), "/workspace");
    await harness.configure(workspace, "persist");
    const breaks = breakCalls(harness, "write the new files", Number.POSITIVE_INFINITY);
    const operation = await harness.request("restart", workspace);
    await until(async () => breaks.count > 0, "the copy breaks");
    const browsing = (await harness.backend.instances.list()).filter(({ purpose }) => purpose === "browse");
    expect(browsing).toHaveLength(1);
    for (const machine of browsing) await harness.backend.instances.destroy(machine);
    breaks.stop();
    await harness.succeeded(operation);
    expect(await sentinels.found(await harness.filesOf(workspace))).toEqual(sentinels.planted);
  });

  test("copies names that are not UTF-8, owners, mode bits, attributes, nanoseconds, holes, pipes and a file with a Berth name", async ({
    skip,
  }) => {
    skip(process.platform !== "linux", "only Linux has all of these");
    await using harness = await openHarness();
    const workspace = await harness.online({ compute: { dataPersistence: "ephemeral" } });
    const from = await dataFolder(harness, workspace, "workspace");
    const script = (code: string, folder: string) =>
      execFileSync("python3", [
        "-c",
        `import os,sys,stat,hashlib,json;os.chdir(sys.argv[1])\n${code}`,
        folder,
      ]).toString();
    script(PLANT, from);
    const before = script(DESCRIBE, from);
    await harness.configure(workspace, "persist");
    expect(await harness.after("restart", workspace)).toMatchObject({ status: "online", dataState: "intact" });
    expect(script(DESCRIBE, await dataFolder(harness, workspace, "workspace"))).toBe(before);
  });

  test("fails with the names of files that cannot be copied, and the old instance keeps running", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online({ compute: { dataPersistence: "ephemeral" } });
    const files = await harness.filesOf(workspace);
    const sentinels = await Sentinels.plant(files, "/workspace");
    const old = await harness.incarnationOf(workspace);
    await harness.configure(workspace, "persist");
    const obstacles = [{ reason: "It may not be read.", count: 1, examples: ["/secret/key"] }];
    const responses = fakeManifests(harness, { entries: 1, bytes: 1, sha256: null, obstacles });
    const failed = await harness.ended(await harness.request("restart", workspace));
    expect(failed).toMatchObject({ status: "failed", error: { code: "unsupported_by_backend", retryable: false } });
    expect(failed.error?.message).toContain('"/secret/key": "It may not be read."');
    expect(await harness.current(workspace)).toMatchObject({ status: "online" });
    expect(await harness.incarnationOf(workspace)).toBe(old);
    expect(await sentinels.found(await harness.filesOf(workspace))).toEqual(sentinels.planted);
    responses.stop();
    await harness.after("restart", workspace);
    expect(await harness.incarnationOf(workspace)).not.toBe(old);
    expect(await sentinels.found(await harness.filesOf(workspace))).toEqual(sentinels.planted);
  });

  test("does not swap when the copy differs from the original", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online({ compute: { dataPersistence: "ephemeral" } });
    const sentinels = await Sentinels.plant(await harness.filesOf(workspace), "/workspace");
    const old = await harness.incarnationOf(workspace);
    await harness.configure(workspace, "persist");
    const responses = fakeManifests(harness, (count) => ({
      entries: count,
      bytes: 1,
      sha256: `${count}`,
      obstacles: [],
    }));
    const failed = await harness.ended(await harness.request("restart", workspace));
    responses.stop();
    expect(failed.error?.message).toContain("differs from the original");
    expect(await harness.incarnationOf(workspace)).toBe(old);
    expect(await sentinels.found(await harness.filesOf(workspace))).toEqual(sentinels.planted);
  });

  test("keeps the old instance until the copy succeeds", async () => {
    await using harness = await openHarness({ settings: { provisionTimeoutSeconds: 1 } });
    const workspace = await harness.online({ compute: { dataPersistence: "ephemeral" } });
    const sentinels = await Sentinels.plant(await harness.filesOf(workspace), "/workspace");
    const old = await harness.incarnationOf(workspace);
    await harness.configure(workspace, "persist");
    const breaks = breakCalls(harness, "write the new files", Number.POSITIVE_INFINITY);
    expect((await harness.ended(await harness.request("restart", workspace))).status).toBe("failed");
    expect(await harness.current(workspace)).toMatchObject({ status: "failed" });
    // A stale instance is destroyed first, which proves that the loops have run.
    const { machine } = await strayInstance(harness);
    await expect
      .poll(async () => (await harness.backend.instances.observe(machine)).state, { timeout: 10_000 })
      .toBe("absent");
    expect(await harness.machinesOf(workspace)).toMatchObject([{ incarnationId: old }]);
    // Files cannot be accessed, because the volume holds a partial copy that the next attempt empties.
    const place = { workspaceId: workspace.id, root: "/workspace", path: "/" };
    await expect(statFile(harness.deps, harness.actor, place, AbortSignal.timeout(9000))).rejects.toEqual(
      problem({ code: "workspace_not_running" }),
    );
    breaks.stop();
    await harness.after("restart", workspace);
    expect(await sentinels.found(await harness.filesOf(workspace))).toEqual(sentinels.planted);
  });
});

const PLANT = `
isRoot=os.getuid()==0
open(b'R\\xe9sum\\xe9.txt','w').write('precious')
os.makedirs(b'caf\\xe9/x')
open(b'caf\\xe9/in.txt','w').write('precious')
open('BERTH-UNREADABLE.txt','w').write('mine')
os.symlink(b'caf\\xe9','lnk')
os.link('BERTH-UNREADABLE.txt','again')
os.mkfifo('pipe')
with open('holes','wb') as f: f.truncate(50_000_000)
if isRoot: os.chown('again',1000,1000)
os.setxattr('again','user.k',b'v\\x00')
os.mkdir('special'); os.chmod('special',0o3775)
os.utime('special',ns=(1,1_700_000_000_123_456_789))
os.mkdir('closed'); open('closed/x','w'); os.chmod('closed',0o555)
here=os.open('.',os.O_RDONLY)
for i in range(60): os.mkdir('deep folder'); os.chdir('deep folder')
open('bottom','w').write('deep')
os.fchdir(here)
`;

const DESCRIBE = `
entries=[]
for top,folders,files,at in os.fwalk(os.fsencode('.'),follow_symlinks=False):
    folders.sort()
    for n in sorted(folders+files):
        s=os.stat(n,dir_fd=at,follow_symlinks=False)
        p='/proc/self/fd/%d/'%at; p=os.fsencode(p)+n
        x={k:os.getxattr(p,k,follow_symlinks=False).hex() for k in sorted(os.listxattr(p,follow_symlinks=False)) if k.startswith('user.')}
        c=os.readlink(p).hex() if stat.S_ISLNK(s.st_mode) else hashlib.sha256(open(p,'rb').read()).hexdigest() if stat.S_ISREG(s.st_mode) else ''
        entries.append([(top+b'/'+n).hex(),oct(s.st_mode),s.st_uid,s.st_gid,s.st_mtime_ns,s.st_nlink if stat.S_ISREG(s.st_mode) else 0,s.st_size if stat.S_ISREG(s.st_mode) else 0,s.st_blocks*512<s.st_size,x,c])
print(json.dumps(sorted(entries)))
`;

/** A stale instance: it has a row, but no workspace references it. */
async function strayInstance(harness: MemoryHarness) {
  const { workspace } = await createWorkspace(
    harness.deps,
    harness.actor,
    newWorkspace({ compute: { dataPersistence: "ephemeral" } }),
  );
  await harness.isStatus(workspace, "online");
  const incarnationId = await harness.incarnationOf(workspace);
  await harness.sql(
    "update workspaces set incarnation_id = null, status = 'hibernated', desired = 'hibernated' where id = $1",
    [workspace.id],
  );
  return { machine: { incarnationId, workspaceId: workspace.id } };
}

describe("a change from persist to ephemeral", () => {
  test("retains the volume without a deadline at the next start, which begins empty", async () => {
    await using harness = await openHarness({ settings: { graceHours: 0 } });
    const { deps, actor } = harness;
    const workspace = await harness.online({ compute: { dataPersistence: "auto" } });
    await Sentinels.plant(await harness.filesOf(workspace), "/workspace");
    await harness.configure(workspace, "ephemeral");
    expect((await harness.current(workspace)).volume?.state).toBe("attached");
    const restarted = await harness.after("restart", workspace);
    expect(restarted).toMatchObject({ volume: null, dataState: "none" });
    expect(await (await harness.filesOf(workspace)).names("/workspace")).toEqual([]);
    expect(await (await harness.filesOf(workspace)).names("/configs")).toEqual(["workspace.json"]);
    expect(await listVolumes(deps, actor, {})).toMatchObject([
      { id: workspace.volume?.id, state: "retained", retainedUntil: null, workspaceName: workspace.name },
    ]);
    expect(await harness.backend.volumes.list()).toEqual([workspace.volume?.id]);
  });

  test("keeps the volume across a pause, which does not replace the instance", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online();
    const sentinels = await Sentinels.plant(await harness.filesOf(workspace), "/workspace");
    await harness.configure(workspace, "ephemeral");
    await harness.after("pause", workspace);
    const resumed = await harness.after("resume", workspace);
    expect(resumed).toMatchObject({ volume: { id: workspace.volume?.id, state: "attached" }, restartRequired: true });
    expect(await sentinels.found(await harness.filesOf(workspace))).toEqual(sentinels.planted);
  });

  test("retains the volume without a deadline when the workspace is deleted before the swap", async () => {
    await using harness = await openHarness({ settings: { graceHours: 0 } });
    const { deps, actor } = harness;
    const workspace = await harness.online();
    await harness.configure(workspace, "ephemeral");
    await harness.deleted(workspace);
    expect(await getVolume(deps, actor, { id: workspace.volume?.id ?? "" })).toMatchObject({
      state: "retained",
      retainedUntil: null,
    });
  });
});
