import { randomUUID } from "node:crypto";
import { type ContractBench, findSubjectsForTests } from "@berth/backends/testing";
import { describe, expect, test, vi } from "vitest";
import { retentionNow } from "../loops/expiry-hold.ts";
import { openBenchOver, until } from "../testing/index.ts";
import { eraseVolume, getReceipt, getVolume } from "./volumes.ts";

/** Booting instances takes long. */
vi.setConfig({ testTimeout: 240_000 });

const { subjects, notHere } = await findSubjectsForTests(process.env);
const oneOfEach = subjects.filter(({ kind, name }) => kind === name);
for (const [kind, reason] of notHere) process.stderr.write(`Skipped: the store matrix on ${kind}. ${reason}\n`);

/** The backends of the contract harness that see another store than the volume's. */
const STRANGE = { unmounted: "unmarked", swapped: "swapped" } as const;

/** Disagreements between database and store, and the expected reason. */
const DISAGREEMENTS: readonly {
  name: string;
  spoil(bench: Awaited<ReturnType<typeof openBenchOver>>, volumeId: string, contract: ContractBench): Promise<unknown>;
  says: RegExp;
}[] = [
  {
    name: "the database is older than the store",
    spoil: async ({ backend, sql }, volumeId) => {
      const { manifest } = (await backend.volumes.survey()).get(volumeId) ?? {};
      if (manifest) await backend.volumes.writeManifest(volumeId, { ...manifest, generation: manifest.generation + 3 });
      await sql("update volumes set retained_until = now() - interval '1 second'");
    },
    says: /last used in generation/,
  },
  {
    name: "the store is older than the database",
    spoil: async ({ backend, sql }, volumeId) => {
      const { manifest } = (await backend.volumes.survey()).get(volumeId) ?? {};
      if (manifest) await backend.volumes.writeManifest(volumeId, { ...manifest, generation: 0, retainedUntil: null });
      await sql("update volumes set retained_until = now() - interval '1 second'");
    },
    says: /last used in generation 0/,
  },
];

describe.each(oneOfEach)("on $name, no data is destroyed and no receipt is false while", ({ open }) => {
  test.each(Object.entries(STRANGE))(
    "the store is %s: an ordered erase waits and reports the reason",
    async (_, which) => {
      const contract = await open();
      await using bench = await openBenchOver(contract);
      const workspace = await bench.online({ compute: { dataPersistence: "persist" } });
      await bench.deleted(workspace);
      const id = workspace.volume?.id ?? "";
      // From now on the backend expects another store than the present one.
      contract.backend.store.expect(randomUUID());
      expect(await contract[which].volumes.observe(id)).toMatchObject({ presence: "unknown" });
      const operation = await eraseVolume(bench.deps, bench.actor, { id, confirmName: workspace.name });
      const [row] = await until(async () => {
        const rows = await bench.sql<{ error: { message: string } | null }>(
          "select error from operations where id = $1 and error is not null",
          [operation.id],
        );
        return rows.length > 0 && rows;
      }, "the operation says why it waits");
      expect(row?.error?.message).toMatch(/another than the one in use before.*Until then nothing/);
      await expect(getReceipt(bench.deps, bench.actor, { id })).rejects.toThrow();
      // The backend expects the present store again.
      contract.backend.store.expect(await contract.backend.store.claim([]));
      expect((await contract.backend.volumes.observe(id)).presence).toBe("present");
      await bench.succeeded(operation);
      expect(await getReceipt(bench.deps, bench.actor, { id })).toMatchObject({ volumeId: id });
    },
  );

  test("half of the volume is missing: the part is reported, and no instance starts", async () => {
    const contract = await open();
    await using bench = await openBenchOver(contract);
    const workspace = await bench.online({ compute: { dataPersistence: "persist" } });
    await bench.after("hibernate", workspace);
    const id = workspace.volume?.id ?? "";
    await contract.losePart(id);
    await until(async () => (await bench.volumeOf(workspace)).missingSince, "it is said to be missing");
    const { missingParts } = await getVolume(bench.deps, bench.actor, { id });
    expect(missingParts).toHaveLength(1);
    expect(await bench.current(workspace)).toMatchObject({ dataState: "missing", volume: { missingParts } });
    const wake = await bench.ended(await bench.ask("wake", workspace));
    expect(wake.error?.message).toContain(missingParts?.[0] ?? "?");
    await bench.deleted(workspace, { eraseData: true });
    const { notCovered } = await getReceipt(bench.deps, bench.actor, { id });
    expect(notCovered[0]).toContain(missingParts?.[0] ?? "?");
  });

  test.each(DISAGREEMENTS)("$name: the volume is held with the reason", async ({ spoil, says }) => {
    const contract = await open();
    await using bench = await openBenchOver(contract);
    const workspace = await bench.online({ compute: { dataPersistence: "auto" } });
    await bench.deleted(workspace);
    const id = workspace.volume?.id ?? "";
    await spoil(bench, id, contract);
    expect(await until(async () => (await bench.volumeOf(workspace)).heldBecause, "it is held")).toMatch(says);
    expect((await contract.backend.volumes.observe(id)).presence).toBe("present");
    await expect(getReceipt(bench.deps, bench.actor, { id })).rejects.toThrow();
  });

  test.each([4, -4])("the clock is %i days off: the expiry is on hold", async (days) => {
    const contract = await open();
    await using bench = await openBenchOver(contract);
    const workspace = await bench.online({ compute: { dataPersistence: "auto" } });
    await bench.deleted(workspace);
    await bench.sql("update retention set last_seen_at = last_seen_at - make_interval(days => $1)", [days]);
    await until(async () => (await retentionNow(bench.deps)).hold, "the expiry is on hold");
    await bench.endGrace();
    expect(await bench.volumeOf(workspace)).toMatchObject({ state: "retained" });
    expect((await contract.backend.volumes.observe(workspace.volume?.id ?? "")).presence).toBe("present");
  });
});
