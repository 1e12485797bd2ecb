import { expect } from "vitest";
import type { InstanceSpec } from "../backend.ts";
import {
  bringOnline,
  type CurrentHarness,
  newSpec,
  newVolume,
  type Promised,
  problem,
  provisionOptions,
  startStopped,
} from "./contract-harness.ts";
import { type DaemonFiles, Sentinels } from "./tunnel-harness.ts";

export function observesAndListens(current: CurrentHarness, shows: Promised): void {
  shows("the list contains every instance with all its identifiers", async () => {
    const harness = current();
    const { backend } = harness;
    const running = newSpec({ generation: 7 });
    const stopped = newSpec();
    const browse = newSpec({ volumeId: await newVolume(backend), purpose: "browse" });
    const before = Date.now() - 2000;
    for (const spec of [running, stopped, browse]) await bringOnline(harness, spec);
    await backend.instances.stop(stopped);
    const listed = await backend.instances.list();
    for (const [spec, state] of [
      [running, "running"],
      [stopped, "stopped"],
      [browse, "running"],
    ] as const) {
      const { incarnationId, workspaceId, generation, purpose, volumeId } = spec;
      const entry = listed.find((each) => each.incarnationId === incarnationId);
      const named = { incarnationId, workspaceId, generation, purpose, volumeId };
      expect(entry).toEqual({ ...named, state, createdAt: expect.any(Date) });
      expect(entry?.createdAt.getTime()).toBeGreaterThan(before);
    }
  });

  shows("an instance that exits is reported as stopped with a reason, and keeps its data", async () => {
    const harness = current();
    const volumeId = await newVolume(harness.backend);
    const spec = newSpec({ volumeId });
    const sentinels = await Sentinels.plant(await bringOnline(harness, spec), "/workspace");
    await harness.kill(spec);
    await expect
      .poll(() => harness.backend.instances.observe(spec), { timeout: 10_000 })
      .toEqual({
        state: "stopped",
        reason: expect.any(String),
      });
    expect(await sentinels.found(await startStopped(harness, spec))).toEqual(sentinels.planted);
  });

  shows("the boot log is available while the instance runs and after it stopped", async () => {
    const harness = current();
    const { instances } = harness.backend;
    const spec = newSpec();
    await bringOnline(harness, spec);
    const whole = async () => (await instances.bootLog(spec, 65_536)).text;
    await expect.poll(whole, { timeout: 15_000 }).toContain("Berth daemon started");
    await instances.stop(spec);
    const log = await instances.bootLog(spec, 65_536);
    expect(log).toMatchObject({ truncated: false, text: expect.stringContaining(spec.incarnationId) });
    const tail = await instances.bootLog(spec, 20);
    expect(tail).toMatchObject({ truncated: true, text: log.text.slice(-20) });
    await expect(instances.bootLog(newSpec(), 100)).rejects.toEqual(problem({ code: "not_found" }));
  });

  shows("the boot log of an instance that failed to start shows the reason", async () => {
    const { backend, tunnel } = current();
    const { boot, ...rest } = newSpec();
    const spec = { ...rest, boot: { ...boot, tunnelToken: "" } };
    tunnel.expect(spec);
    await backend.instances.provision(spec, provisionOptions());
    await expect
      .poll(() => backend.instances.observe(spec), { timeout: 20_000 })
      .toEqual({ state: "stopped", reason: expect.any(String) });
    expect((await backend.instances.bootLog(spec, 65_536)).text).toContain("tunnelToken");
  });

  shows("the program runs with the command, environment and home directory of its instance", async ({ skip }) => {
    const harness = current();
    if (harness.backend.kind === "memory") skip("in one process, commands share its home");
    const spec = newSpec();
    const command = ["sh", "-c", 'printf %s "$GREETING" > "$HOME/greeting"; exec sleep 1000'];
    const files = await bringOnline(harness, {
      ...spec,
      boot: { ...spec.boot, command, environment: { GREETING: "hello" } },
    });

    await expect
      .poll(() => files.read("/agent-home", "/greeting").then(String, () => ""), { timeout: 10_000 })
      .toBe("hello");
  });

  shows("a workspace cannot see the programs of another", async ({ skip }) => {
    const harness = current();
    if (!harness.backend.capabilities.isolation) skip("it does not isolate workspaces");
    const run = (spec: InstanceSpec, script: string) =>
      bringOnline(harness, { ...spec, boot: { ...spec.boot, command: ["sh", "-c", script] } });
    const mark = "7654321";
    const seen = "for each in /proc/[0-9]*; do cat $each/cmdline; echo; done > seen; exec sleep 1000";
    const own = await run(newSpec(), `sleep ${mark} & sleep 1; ${seen}`);
    const readSeen = (files: DaemonFiles) => files.read("/workspace", "/seen").then(String, () => "");
    // Positive control: a workspace sees its own programs.
    await expect.poll(() => readSeen(own)).toContain(mark);
    const other = await run(newSpec(), seen);
    await expect.poll(() => readSeen(other)).toContain("daemon.cjs");
    expect(await readSeen(other)).not.toContain(mark);
  });
}
