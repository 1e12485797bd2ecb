import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import {
  bringOnline,
  type ContractBench,
  calm,
  newSpec,
  newVolume,
  orderFor,
  problem,
  startAgain,
} from "./contract-bench.ts";
import { Sentinels } from "./tunnel-bench.ts";

type Current = () => ContractBench;

export function unknownIsNotAbsent(current: Current): void {
  test("an engine that is away makes everything unknown and nothing absent", async () => {
    const { unreachable } = current();
    const spec = newSpec();
    const away = problem({ code: "backend_unavailable", retryable: true });
    expect(await unreachable.instances.observe(spec)).toEqual({ state: "unknown", reason: expect.any(String) });
    expect(await unreachable.volumes.observe(randomUUID())).toBe("unknown");
    expect((await unreachable.eraser.proveAbsent(orderFor(randomUUID(), unreachable))).presence).toBe("unknown");
    await expect(unreachable.instances.list()).rejects.toEqual(away);
    await expect(unreachable.volumes.list()).rejects.toEqual(away);
    await expect(unreachable.volumes.create(randomUUID())).rejects.toEqual(away);
    await expect(unreachable.instances.provision(spec, calm())).rejects.toEqual(away);
    await expect(unreachable.instances.destroy(spec)).rejects.toEqual(away);
    await expect(unreachable.instances.stop(spec)).rejects.toEqual(away);
    await expect(unreachable.eraser.erase(orderFor(randomUUID(), unreachable))).rejects.toEqual(away);
    const health = await unreachable.health();
    expect(health).toEqual({ healthy: false, reason: expect.any(String) });
  });

  test("an engine that answers is healthy", async () => {
    expect(await current().backend.health()).toEqual({ healthy: true, reason: null });
  });
}

export function erases(current: Current): void {
  test("erase takes every byte, a second look proves it, and again is harmless", async () => {
    const bench = current();
    const { backend } = bench;
    const volumeId = await newVolume(backend);
    const order = orderFor(volumeId, backend);
    const spec = newSpec({ volumeId });
    await Sentinels.plant(await bringOnline(bench, spec), "/workspace");
    await backend.instances.destroy(spec);
    expect(await backend.eraser.proveAbsent(order)).toEqual({ presence: "present", method: expect.any(String) });
    expect(await backend.volumes.list()).toContain(volumeId);

    await backend.eraser.erase(order);
    expect(await backend.eraser.proveAbsent(order)).toEqual({ presence: "absent", method: expect.any(String) });
    expect(await backend.volumes.observe(volumeId)).toBe("absent");
    expect(await backend.volumes.list()).not.toContain(volumeId);
    await backend.eraser.erase(order);

    await backend.volumes.create(volumeId);
    const files = await bringOnline(bench, newSpec({ volumeId }));
    expect(await files.names("/workspace")).toEqual([]);
  });

  test.each(["running", "stopped"])("erase is refused while a %s instance holds the volume", async (state) => {
    const bench = current();
    const { backend } = bench;
    const volumeId = await newVolume(backend);
    const spec = newSpec({ volumeId });
    const files = await bringOnline(bench, spec);
    const sentinels = await Sentinels.plant(files, "/workspace");
    const configs = await Sentinels.plant(files, "/configs");
    if (state === "stopped") await backend.instances.stop(spec);
    const refused = problem({ code: "operation_in_progress", retryable: true });
    await expect(backend.eraser.erase(orderFor(volumeId, backend))).rejects.toEqual(refused);
    const again = state === "stopped" ? await startAgain(bench, spec) : files;
    expect(await sentinels.found(again)).toEqual(sentinels.planted);
    expect(await configs.found(again)).toEqual(configs.planted);
  });

  test("an instance is not started on a volume that is gone", async () => {
    const { backend, machinesOf } = current();
    const volumeId = randomUUID();
    const spec = newSpec({ volumeId });
    await expect(backend.instances.provision(spec, calm())).rejects.toEqual(problem({ code: "not_found" }));
    expect(await machinesOf(spec.incarnationId)).toEqual([]);
    expect(await backend.volumes.observe(volumeId)).toBe("absent");
  });
}

export function onlyOurs(current: Current): void {
  test("what another installation made is not listed and not touched", async () => {
    const { backend, other, tunnel } = current();
    const volumeId = await newVolume(other);
    const theirs = newSpec({ volumeId });
    tunnel.expect(theirs);
    await other.instances.provision(theirs, calm());
    const files = await tunnel.daemon(theirs.incarnationId);
    const sentinels = await Sentinels.plant(files, "/workspace");

    const listed = await backend.instances.list();
    expect(listed.map(({ incarnationId }) => incarnationId)).not.toContain(theirs.incarnationId);
    expect(await backend.volumes.list()).not.toContain(volumeId);
    expect((await backend.instances.observe(theirs)).state).toBe("absent");
    await backend.instances.stop(theirs);
    await backend.instances.destroy(theirs);
    // Refused or nothing to do: either way it is still there afterwards.
    await backend.eraser.erase(orderFor(volumeId, backend)).catch(() => {});

    expect((await other.instances.observe(theirs)).state).toBe("running");
    expect(await other.volumes.observe(volumeId)).toBe("present");
    expect(await sentinels.found(files)).toEqual(sentinels.planted);
    await other.instances.destroy(theirs);
  });
}

export function refuses(current: Current): void {
  test("an image where images mean nothing", async () => {
    const { backend } = current();
    if (backend.capabilities.images) return;
    const refused = problem({ code: "unsupported_by_backend", retryable: false });
    await expect(backend.instances.provision(newSpec({ image: "debian:12" }), calm())).rejects.toEqual(refused);
  });

  test("an id that is not one", async () => {
    const { backend } = current();
    const refused = problem({ code: "invalid_input", retryable: false });
    const odd = "../../etc";
    await expect(backend.instances.provision(newSpec({ incarnationId: odd }), calm())).rejects.toEqual(refused);
    await expect(backend.volumes.create(odd)).rejects.toEqual(refused);
  });

  test("to begin when it was cancelled before", async () => {
    const { backend, machinesOf } = current();
    const spec = newSpec();
    const signal = AbortSignal.abort(new Error("cancelled"));
    await expect(backend.instances.provision(spec, { ...calm(), signal })).rejects.toThrow("cancelled");
    expect(await machinesOf(spec.incarnationId)).toEqual([]);
  });
}
