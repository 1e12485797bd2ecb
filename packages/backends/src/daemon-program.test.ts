import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { bootVariable, daemonProgramKey } from "./daemon-program.ts";
import { newSpec } from "./testing/contract-harness.ts";

test("the program key changes with the content of the bundle and not with the version alone", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "berth-key-"));
  const daemon = { bundlePath: path.join(folder, "daemon.cjs"), version: "1.0 beta/2", nodePath: process.execPath };
  await writeFile(daemon.bundlePath, "one");
  const one = await daemonProgramKey(daemon);
  expect(one).toMatch(/^1\.0_beta_2-[0-9a-f]{12}$/);
  expect(await daemonProgramKey(daemon)).toBe(one);
  await writeFile(daemon.bundlePath, "two");
  expect(await daemonProgramKey(daemon)).not.toBe(one);
  const companions = [path.join(folder, "pty.node")];
  await writeFile(companions[0] ?? "", "native");
  const withNative = await daemonProgramKey({ ...daemon, companions });
  expect(withNative).not.toBe(await daemonProgramKey(daemon));
  await writeFile(companions[0] ?? "", "another");
  expect(await daemonProgramKey({ ...daemon, companions })).not.toBe(withNative);
  await rm(folder, { recursive: true });
  await expect(daemonProgramKey(daemon)).rejects.toMatchObject({
    problem: { code: "backend_unavailable", retryable: false },
  });
});

test("the boot document merges the spec with the backend's fields, and is limited to one environment variable", () => {
  const spec = newSpec({ generation: 4 });
  const ofTheBackend = { tunnelUrl: "ws+unix:/s:/tunnel", roots: { "/workspace": "/w" }, stateDirectory: "/s" };
  const { tunnelToken, ...boot } = spec.boot;
  expect(JSON.parse(bootVariable(spec, { ...ofTheBackend, tunnelToken }))).toEqual({ ...spec.boot, ...ofTheBackend });
  expect(JSON.parse(bootVariable(spec, { ...ofTheBackend, tunnelToken: null }))).toEqual({ ...boot, ...ofTheBackend });
  const configTemplate = { "large.json": "x".repeat(130_000) };
  const large = { ...spec, boot: { ...spec.boot, configTemplate } };
  expect(() => bootVariable(large, { ...ofTheBackend, tunnelToken })).toThrow(/may take at most \d+ bytes/);
});
