import { randomUUID } from "node:crypto";
import { checkCompute, DomainError } from "@berth/domain";
import { expect } from "vitest";
import {
  bringOnline,
  type CurrentHarness,
  newSpec,
  newVolume,
  orderFor,
  type Promised,
  problem,
  provisionOptions,
  refused,
  startStopped,
} from "./contract-harness.ts";
import { Sentinels } from "./tunnel-harness.ts";

export function unknownIsNotAbsent(current: CurrentHarness, shows: Promised): void {
  shows("an unreachable engine makes everything unknown and nothing absent", async () => {
    const { unreachable } = current();
    const spec = newSpec();
    const unavailable = problem({ code: "backend_unavailable", retryable: true });
    expect(await unreachable.instances.observe(spec)).toEqual({ state: "unknown", reason: expect.any(String) });
    expect((await unreachable.volumes.observe(randomUUID())).presence).toBe("unknown");
    expect((await unreachable.eraser.proveAbsent(orderFor(randomUUID(), unreachable))).presence).toBe("unknown");
    await expect(unreachable.instances.list()).rejects.toEqual(unavailable);
    await expect(unreachable.volumes.list()).rejects.toEqual(unavailable);
    await expect(unreachable.volumes.create(randomUUID())).rejects.toEqual(unavailable);
    await expect(unreachable.instances.provision(spec, provisionOptions())).rejects.toEqual(unavailable);
    await expect(unreachable.instances.destroy(spec)).rejects.toEqual(unavailable);
    await expect(unreachable.instances.stop(spec)).rejects.toEqual(unavailable);
    await expect(unreachable.eraser.erase(orderFor(randomUUID(), unreachable))).rejects.toEqual(unavailable);
    const health = await unreachable.health();
    expect(health).toEqual({ healthy: false, reason: expect.any(String) });
  });

  shows("a reachable engine is healthy", async () => {
    expect(await current().backend.health()).toEqual({ healthy: true, reason: null });
  });
}

export function erases(current: CurrentHarness, shows: Promised): void {
  shows("erase removes every byte, a separate check proves it, and repeating it is harmless", async () => {
    const harness = current();
    const { backend } = harness;
    const volumeId = await newVolume(backend);
    const order = orderFor(volumeId, backend);
    const spec = newSpec({ volumeId });
    await Sentinels.plant(await bringOnline(harness, spec), "/workspace");
    await backend.instances.destroy(spec);
    expect(await backend.eraser.proveAbsent(order)).toEqual({ presence: "present", method: expect.any(String) });
    expect(await backend.volumes.list()).toContain(volumeId);

    await backend.eraser.erase(order);
    expect(await backend.eraser.proveAbsent(order)).toEqual({ presence: "absent", method: expect.any(String) });
    expect((await backend.volumes.observe(volumeId)).presence).toBe("absent");
    expect(await backend.volumes.list()).not.toContain(volumeId);
    await backend.eraser.erase(order);

    await backend.volumes.create(volumeId);
    const files = await bringOnline(harness, newSpec({ volumeId }));
    expect(await files.names("/workspace")).toEqual([]);
  });

  for (const state of ["running", "stopped"]) {
    shows(`erase is refused while a ${state} instance holds the volume`, async () => {
      const harness = current();
      const { backend } = harness;
      const volumeId = await newVolume(backend);
      const spec = newSpec({ volumeId });
      const files = await bringOnline(harness, spec);
      const sentinels = await Sentinels.plant(files, "/workspace");
      const configs = await Sentinels.plant(files, "/configs");
      if (state === "stopped") await backend.instances.stop(spec);
      const inUse = problem({ code: "operation_in_progress", retryable: true });
      await expect(backend.eraser.erase(orderFor(volumeId, backend))).rejects.toEqual(inUse);
      const again = state === "stopped" ? await startStopped(harness, spec) : files;
      expect(await sentinels.found(again)).toEqual(sentinels.planted);
      expect(await configs.found(again)).toEqual(configs.planted);
    });
  }

  shows("an instance does not start on a missing volume", async () => {
    const { backend, machinesOf } = current();
    const volumeId = randomUUID();
    const spec = newSpec({ volumeId });
    await expect(backend.instances.provision(spec, provisionOptions())).rejects.toEqual(problem({ code: "not_found" }));
    expect(await machinesOf(spec.incarnationId)).toEqual([]);
    expect((await backend.volumes.observe(volumeId)).presence).toBe("absent");
  });
}

export function onlyOurs(current: CurrentHarness, shows: Promised): void {
  shows("resources of another installation are neither listed nor changed", async () => {
    const { backend, other, tunnel } = current();
    const volumeId = await newVolume(other);
    const theirs = newSpec({ volumeId });
    tunnel.expect(theirs);
    await other.instances.provision(theirs, provisionOptions());
    const files = await tunnel.daemon(theirs.incarnationId);
    const sentinels = await Sentinels.plant(files, "/workspace");

    const listed = await backend.instances.list();
    expect(listed.map(({ incarnationId }) => incarnationId)).not.toContain(theirs.incarnationId);
    expect(await backend.volumes.list()).not.toContain(volumeId);
    expect((await backend.instances.observe(theirs)).state).toBe("absent");
    await backend.instances.stop(theirs);
    await backend.instances.destroy(theirs);
    // Refused or a no-op: either way the volume still exists afterwards.
    await backend.eraser.erase(orderFor(volumeId, backend)).catch(() => {});

    expect((await other.instances.observe(theirs)).state).toBe("running");
    expect((await other.volumes.observe(volumeId)).presence).toBe("present");
    expect(await sentinels.found(files)).toEqual(sentinels.planted);
    await other.instances.destroy(theirs);
  });
}

/** Settings that not every backend supports. */
const ASKED: readonly { sentence: string; asked: Parameters<typeof checkCompute>[2] }[] = [
  { sentence: "compute.image selects an image", asked: { image: "debian:12" } },
  { sentence: "compute.instanceType selects a machine type", asked: { instanceType: "m7i.large" } },
  { sentence: "compute.diskGb sets the disk size", asked: { diskGb: 10 } },
  {
    sentence: "$HOME is saved before a machine is replaced and restored on the next one",
    asked: { homeSnapshot: true },
  },
];

function refusalOf(ask: () => void): DomainError | null {
  try {
    ask();
    return null;
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}

export function refuses(current: CurrentHarness, shows: Promised): void {
  for (const { sentence, asked } of ASKED) {
    shows(sentence, async (context) => {
      const { kind, capabilities, instances } = current().backend;
      const refusal = refusalOf(() => checkCompute(kind, capabilities, asked));
      if (!refusal) return;
      expect(refusal.problem).toMatchObject({ code: "unsupported_by_backend", retryable: false });
      // The backend itself also rejects the request when a caller bypasses the rule.
      if (asked.image) {
        const unsupported = problem({ code: "unsupported_by_backend", retryable: false });
        await expect(instances.provision(newSpec({ image: asked.image }), provisionOptions())).rejects.toEqual(
          unsupported,
        );
      }
      refused(context, refusal.message);
    });
  }

  shows("an invalid id is rejected", async () => {
    const { backend } = current();
    const invalid = problem({ code: "invalid_input", retryable: false });
    const odd = "../../etc";
    await expect(backend.instances.provision(newSpec({ incarnationId: odd }), provisionOptions())).rejects.toEqual(
      invalid,
    );
    await expect(backend.volumes.create(odd)).rejects.toEqual(invalid);
  });

  shows("a start that is already cancelled does not begin", async () => {
    const { backend, machinesOf } = current();
    const spec = newSpec();
    const signal = AbortSignal.abort(new Error("cancelled"));
    await expect(backend.instances.provision(spec, { ...provisionOptions(), signal })).rejects.toThrow("cancelled");
    expect(await machinesOf(spec.incarnationId)).toEqual([]);
  });
}
