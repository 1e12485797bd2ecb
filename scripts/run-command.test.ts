import { describe, expect, test } from "vitest";
import { runCommand } from "./run-command.ts";

const node = (script: string, options = {}) => runCommand([process.execPath, "-e", script], options);

describe("running a program", () => {
  test("reports success or failure and keeps the output", async () => {
    expect(await node("console.log('out'); console.error('err')")).toMatchObject({ ok: true });
    const failed = await node("console.log('out'); console.error('err'); process.exitCode = 2");
    expect(failed.ok).toBe(false);
    expect(failed.output).toMatch(/out/);
    expect(failed.output).toMatch(/err/);
  });

  test("a missing program counts as failed", async () => {
    expect(await runCommand(["berth-no-such-program"])).toMatchObject({ ok: false });
  });

  test("a hanging program is killed and counts as failed", async () => {
    const result = await node("setInterval(() => {}, 1000)", { timeoutSeconds: 0.2 });
    expect(result.ok).toBe(false);
    expect(result.output).toContain("Ended after 0.2 seconds");
  });

  test("no line of a long output is lost", async () => {
    const { output } = await node("for (let n = 0; n < 20000; n++) console.log('line ' + n)");
    expect(output.trim().split("\n")).toHaveLength(20000);
  });
});
