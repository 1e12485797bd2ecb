import { cp, readdir, rename, rm, unlink } from "node:fs/promises";
import { LIMITS } from "@berth/domain";
import { expect, test } from "vitest";
import { removeLeftovers } from "./leftovers.ts";
import { TemporaryRoot } from "./testing/temporary-root.ts";
import { walkTree } from "./tree-walk.ts";

test("a start removes temporary files of earlier daemons and abandoned uploads", async () => {
  await using root = await TemporaryRoot.make();
  const long = Date.now() - (LIMITS.abandonedUploadHours + 1) * 3_600_000;
  await root.makeScratch();
  const temporary = "tmp-6fe5bda5-1c0e-4f5c-9b2d-0d7f0c9f4a11";
  const [old, young] = ["7d1f0a52-8f0e-4d5b-9a51-3f1f0b8e2c01", "7d1f0a52-8f0e-4d5b-9a51-3f1f0b8e2c02"];
  await root.put(`.berth-daemon/${temporary}/deep/file`, "");
  await root.put(".berth-daemon/tmp-notes.md", "user's");
  await root.put(`.berth-daemon/uploads/${old}`, "");
  await root.put(`.berth-daemon/uploads/${young}`, "");
  await root.put(".berth-daemon/uploads/notes", "user's");
  // A ctime cannot be set, so the test moves the start time.
  await removeLeftovers([root.root], Date.now() + 1000);
  expect((await readdir(root.disk(".berth-daemon/uploads"))).sort()).toEqual([old, young, "notes"]);
  expect((await readdir(root.disk(".berth-daemon"))).sort()).toEqual(["made-by-berth", "tmp-notes.md", "uploads"]);
  await removeLeftovers([root.root], long);
  expect(await readdir(root.disk(".berth-daemon/uploads"))).toHaveLength(3);
  await removeLeftovers([root.root], Date.now() + (LIMITS.abandonedUploadHours + 1) * 3_600_000);
  expect(await readdir(root.disk(".berth-daemon/uploads"))).toEqual(["notes"]);
  expect(await root.read(".berth-daemon/tmp-notes.md")).toBe("user's");
});

test.each([
  ["folder", async (root: TemporaryRoot) => root.put(".berth-daemon/tmp-6fe5bda5-1c0e-4f5c-9b2d-0d7f0c9f4a11", "mine")],
  ["file", async (root: TemporaryRoot) => root.put(".berth-daemon", "mine")],
  ["copy of a daemon's folder", copyOfScratch],
] as const)(
  "a user's %s with the reserved name blocks nothing and is listed, kept, copied and archived",
  async (_what, make) => {
    await using root = await TemporaryRoot.make();
    await make(root);
    const before = await describeDisk(root);
    await removeLeftovers([root.root], Date.now() + (LIMITS.abandonedUploadHours + 1) * 3_600_000);
    await root.write("file", "written");
    expect(await root.read("file")).toBe("written");
    await unlink(root.disk("file"));
    expect(await describeDisk(root)).toEqual(before);
    using top = await root.root.open();
    const seen: string[] = [];
    for await (const { segments } of walkTree(top, { hideReserved: true })) seen.push(segments.join("/"));
    expect(seen.sort()).toEqual(before);
    // The former scratch folder is an ordinary folder now.
    await root.write(".berth/tmp-notes.md", "mine");
    await removeLeftovers([root.root], Date.now() + 1000);
    expect(await root.read(".berth/tmp-notes.md")).toBe("mine");
  },
);

async function copyOfScratch(root: TemporaryRoot): Promise<void> {
  await root.makeScratch();
  await cp(root.disk(".berth-daemon"), root.disk("copy"), { recursive: true });
  await rm(root.disk(".berth-daemon"), { recursive: true });
  await rename(root.disk("copy"), root.disk(".berth-daemon"));
  await root.put(".berth-daemon/uploads/7d1f0a52-8f0e-4d5b-9a51-3f1f0b8e2c01", "mine");
}

const describeDisk = async (root: TemporaryRoot): Promise<string[]> =>
  (await readdir(root.root.path, { recursive: true })).sort();
