import { expect, test } from "vitest";
import { bringOnline, type ContractBench, calm, newSpec, newVolume, problem, startAgain } from "./contract-bench.ts";
import { Sentinels } from "./tunnel-bench.ts";

type Current = () => ContractBench;

export function observesAndListens(current: Current): void {
  test("the list holds every instance with all that identifies it", async () => {
    const bench = current();
    const { backend } = bench;
    const running = newSpec({ generation: 7 });
    const stopped = newSpec();
    const browse = newSpec({ volumeId: await newVolume(backend), purpose: "browse" });
    const before = Date.now() - 2000;
    for (const spec of [running, stopped, browse]) await bringOnline(bench, spec);
    await backend.instances.stop(stopped);
    const listed = await backend.instances.list();
    for (const [spec, state] of [
      [running, "running"],
      [stopped, "stopped"],
      [browse, "running"],
    ] as const) {
      const { incarnationId, workspaceId, generation, purpose } = spec;
      const entry = listed.find((each) => each.incarnationId === incarnationId);
      expect(entry).toEqual({ incarnationId, workspaceId, generation, purpose, state, createdAt: expect.any(Date) });
      expect(entry?.createdAt.getTime()).toBeGreaterThan(before);
    }
  });

  test("an instance that ended by itself is stopped, with a reason, and its data is there", async () => {
    const bench = current();
    const volumeId = await newVolume(bench.backend);
    const spec = newSpec({ volumeId });
    const sentinels = await Sentinels.plant(await bringOnline(bench, spec), "/workspace");
    await bench.kill(spec);
    await expect
      .poll(() => bench.backend.instances.observe(spec), { timeout: 10_000 })
      .toEqual({
        state: "stopped",
        reason: expect.any(String),
      });
    expect(await sentinels.found(await startAgain(bench, spec))).toEqual(sentinels.planted);
  });

  test("the boot log is there while it runs and after it stopped", async () => {
    const bench = current();
    const { instances } = bench.backend;
    const spec = newSpec();
    await bringOnline(bench, spec);
    const whole = async () => (await instances.bootLog(spec, 65_536)).text;
    await expect.poll(whole, { timeout: 15_000 }).toContain("Berth daemon started");
    await instances.stop(spec);
    const log = await instances.bootLog(spec, 65_536);
    expect(log).toMatchObject({ truncated: false, text: expect.stringContaining(spec.incarnationId) });
    const tail = await instances.bootLog(spec, 20);
    expect(tail).toMatchObject({ truncated: true, text: log.text.slice(-20) });
    await expect(instances.bootLog(newSpec(), 100)).rejects.toEqual(problem({ code: "not_found" }));
  });

  test("the boot log of an instance that could not start says why", async () => {
    const { backend } = current();
    const spec = newSpec();
    await backend.instances.provision({ ...spec, boot: { ...spec.boot, tunnelToken: "" } }, calm());
    await expect
      .poll(() => backend.instances.observe(spec), { timeout: 10_000 })
      .toEqual({ state: "stopped", reason: expect.any(String) });
    expect((await backend.instances.bootLog(spec, 65_536)).text).toContain("tunnelToken");
  });

  test("the program runs with the instance's command, environment and home", async ({ skip }) => {
    const bench = current();
    if (bench.backend.kind === "memory") skip("in one process, commands share its home");
    const spec = newSpec();
    const command = ["sh", "-c", 'printf %s "$GREETING" > "$HOME/greeting"; exec sleep 1000'];
    const files = await bringOnline(bench, {
      ...spec,
      boot: { ...spec.boot, command, environment: { GREETING: "hello" } },
    });

    await expect
      .poll(() => files.read("/agent-home", "/greeting").then(String, () => ""), { timeout: 10_000 })
      .toBe("hello");
  });
}
