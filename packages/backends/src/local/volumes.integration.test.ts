import { randomUUID } from "node:crypto";
import { mkdtemp, rename, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LocalVolumes } from "./volumes.ts";

let root: string;
let volumes: LocalVolumes;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "berth-local-volumes-"));
  volumes = new LocalVolumes(root, randomUUID());
});
afterAll(() => rm(root, { recursive: true }));

const newVolume = async () => {
  const id = randomUUID();
  await volumes.create(id);
  return id;
};

test("concurrent manifests are all written, and the last one remains", async () => {
  const id = await newVolume();
  const manifests = Array.from({ length: 20 }, (_, generation) => ({
    ...{ workspaceId: randomUUID(), generation },
    ...{ retainedUntil: null, writtenAt: new Date().toISOString() },
  }));
  await Promise.all(manifests.map((manifest) => volumes.writeManifest(id, manifest)));
  expect((await volumes.survey()).get(id)).toEqual({ missingParts: [], manifest: manifests.at(-1) });
});

test("a volume that cannot be read is not reported as missing", async () => {
  const id = await newVolume();
  await volumes.assertWhole(id);
  await rename(volumes.at(id), `${volumes.at(id)}.away`);
  await expect(volumes.assertWhole(id)).rejects.toMatchObject({ problem: { code: "not_found" } });
  // A link to itself fails for every reader.
  await symlink(id, volumes.at(id));
  await expect(volumes.assertWhole(id)).rejects.toMatchObject({ problem: { code: "backend_unavailable" } });
});
