import { Sentinels } from "@berth/backends/testing";
import { findIncarnation, requestBrowse } from "@berth/db";
import { expect, test } from "vitest";
import { statFile } from "../files/files.ts";
import { type MemoryHarness, openHarness, until } from "../testing/index.ts";

const requestBrowseOf = ({ deps }: MemoryHarness, { id, volume }: { id: string; volume: { id: string } | null }) =>
  requestBrowse(deps.db, { workspaceId: id, volumeId: volume?.id ?? "", backend: "memory", requestedSeconds: 600 });

const stat = ({ deps, actor }: MemoryHarness, { id }: { id: string }) =>
  statFile(deps, actor, { workspaceId: id, root: "/workspace", path: "/" }, AbortSignal.timeout(9000));

test("a browse instance that hangs at its start does not delay others", async () => {
  await using harness = await openHarness({ started: false });
  const held = Promise.withResolvers<void>();
  const hanging = new Set<string>();
  await harness.startReplica({
    changeGateway: (gateway) => ({
      ...gateway,
      async provision(kind, spec, options) {
        if (hanging.has(spec.volumeId ?? "") && spec.purpose === "browse") await held.promise;
        return gateway.provision(kind, spec, options);
      },
    }),
  });
  const [stuck, other] = [await harness.online(), await harness.online()];
  for (const each of [stuck, other]) await harness.after("pause", each);
  hanging.add(stuck.volume?.id ?? "");
  await requestBrowseOf(harness, stuck);
  expect(await stat(harness, other)).toMatchObject({ kind: "directory" });
  held.resolve();
});

test("a browse instance that was removed before it was created does not remain", async () => {
  await using harness = await openHarness({ started: false, settings: { sweepIntervalSeconds: 3600 } });
  const reached = Promise.withResolvers<void>();
  const resume = Promise.withResolvers<void>();
  const made = Promise.withResolvers<void>();
  await harness.startReplica({
    changeGateway: (gateway) => ({
      ...gateway,
      async provision(kind, spec, options) {
        const isBrowse = spec.purpose === "browse";
        if (isBrowse) {
          reached.resolve();
          await resume.promise;
        }
        await gateway.provision(kind, spec, options);
        if (isBrowse) made.resolve();
      },
    }),
  });
  const workspace = await harness.online();
  const sentinels = await Sentinels.plant(await harness.filesOf(workspace), "/workspace");
  await harness.after("pause", workspace);
  const { id } = await requestBrowseOf(harness, workspace);
  await reached.promise;
  // The resume mounts the volume and ends the browse instance.
  await harness.after("resume", workspace);
  expect((await findIncarnation(harness.deps.db, id))?.endedAt).not.toBeNull();
  resume.resolve();
  await made.promise;
  await until(
    async () => (await harness.backend.instances.list()).every(({ purpose }) => purpose === "workspace"),
    "the browse machine is gone",
  );
  expect(await sentinels.found(await harness.filesOf(workspace))).toEqual(sentinels.planted);
});

test("a browse instance that is requested during its removal is created again", async () => {
  await using harness = await openHarness({ started: false, settings: { sweepIntervalSeconds: 3600 } });
  const reached = Promise.withResolvers<void>();
  const resume = Promise.withResolvers<void>();
  const destroyed = Promise.withResolvers<void>();
  let armed = false;
  await harness.startReplica({
    changeGateway: (gateway) => ({
      ...gateway,
      async destroy(kind, ref) {
        if (armed) {
          armed = false;
          reached.resolve();
          await resume.promise;
        }
        await gateway.destroy(kind, ref);
        destroyed.resolve();
      },
    }),
  });
  const workspace = await harness.online();
  await harness.after("pause", workspace);
  await stat(harness, workspace);
  const settled = () =>
    harness.sql(
      "select 1 from incarnations where purpose = 'browse' and claimed_until is null and last_seen_at is not null",
    );
  await until(async () => (await settled()).length === 1, "it is running and released");
  armed = true;
  await harness.sql("update incarnations set wanted_until = now() - interval '1 second' where purpose = 'browse'");
  await harness.sql("select pg_notify('berth_browse', '')");
  await reached.promise;
  await requestBrowseOf(harness, workspace);
  resume.resolve();
  await destroyed.promise;
  await until(
    async () => (await harness.backend.instances.list()).some(({ purpose }) => purpose === "browse"),
    "it is made again",
  );
  expect(await stat(harness, workspace)).toMatchObject({ kind: "directory" });
});
