import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { statFile } from "../files/files.ts";
import { openHarness, problem, scratchFolder } from "../testing/index.ts";
import { eraseVolume, getReceipt } from "./volumes.ts";

describe("an erase", () => {
  test("gets its receipt only after a separate check has proved the data absent", async () => {
    await using harness = await openHarness({ started: false });
    const observations = ["present", "unknown", "present"] as const;
    let checks = 0;
    await harness.startReplica({
      changeGateway: (gateway) => ({
        ...gateway,
        proveAbsent: async (kind, order) => {
          const presence = observations[checks];
          checks += 1;
          return presence ? { presence, method: "a check without a result" } : gateway.proveAbsent(kind, order);
        },
      }),
    });
    const workspace = await harness.online();
    const operation = await harness.requestDelete(workspace, { eraseData: true });
    await expect.poll(() => checks, { timeout: 10_000 }).toBeGreaterThan(0);
    const id = workspace.volume?.id ?? "";
    while (checks < observations.length) {
      await expect(getReceipt(harness.deps, harness.actor, { id })).rejects.toEqual(problem({ code: "not_found" }));
      expect(await harness.volumeOf(workspace)).toMatchObject({ state: "erasing" });
      const before = checks;
      await expect.poll(() => checks, { timeout: 20_000 }).toBeGreaterThan(before);
    }
    await harness.succeeded(operation);
    expect(checks).toBe(4);
    expect((await getReceipt(harness.deps, harness.actor, { id })).verification).toContain("memory backend");
  });

  test("of a retained volume requires the name, runs once, and ends the browse instance", async () => {
    await using harness = await openHarness({ started: false });
    const replica = await harness.startReplica();
    const { deps, actor } = harness;
    const workspace = await harness.online({ name: "kept", compute: { dataPersistence: "persist" } });
    const id = workspace.volume?.id ?? "";
    await expect(eraseVolume(deps, actor, { id, confirmName: "kept" })).rejects.toEqual(
      problem({ code: "volume_attached" }),
    );
    await harness.deleted(workspace);
    await expect(eraseVolume(deps, actor, { id, confirmName: "other" })).rejects.toEqual(
      problem({ code: "confirmation_mismatch" }),
    );
    await statFile(
      deps,
      actor,
      { workspaceId: workspace.id, root: "/workspace", path: "/" },
      AbortSignal.timeout(9000),
    );
    expect(await harness.backend.instances.list()).toHaveLength(1);
    // No replica runs, so that all requests come before the erase.
    await replica.stop();
    const asked = await Promise.all([1, 2, 3].map(() => eraseVolume(deps, actor, { id, confirmName: "kept" })));
    expect(new Set(asked.map((operation) => operation.id)).size).toBe(1);
    await harness.startReplica();
    await harness.succeeded(asked[0]!);
    expect(await harness.backend.instances.list()).toEqual([]);
    expect(await harness.backend.volumes.list()).toEqual([]);
    expect(await getReceipt(deps, actor, { id })).toMatchObject({ reason: "erase_now" });
    await expect(eraseVolume(deps, actor, { id, confirmName: "kept" })).rejects.toEqual(
      problem({ code: "data_erased" }),
    );
    expect((await harness.current(workspace)).dataState).toBe("none");
  });

  test("removes the volume's folder from the disk", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online();
    const folder = scratchFolder("volumes", workspace.volume?.id ?? "");
    await harness.deleted(workspace, { eraseData: true });
    expect(existsSync(folder)).toBe(false);
  });
});
